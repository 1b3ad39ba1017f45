// Package eval measures retrieval on labelled sets: it reads their files, puts
// a corpus into an index, asks it every question the way drafts do, and turns
// rankings into figures with intervals.
//
// # Files (JSONL, UTF-8, one object a line)
//
//	corpus   {id, title, text, url, meta{lang, domain, doc, …}}
//	queries  {id, text, history[{role, text}], domain, lang, answerability, …}
//	qrels    {qid, docid, rel}           judged rows or documents, gain rel
//	spans    {qid, docid, start, end}    character offsets into the corpus' texts
//	tickets  {id, created, text, replies[{created, author, kb[], …}], …}
//
// Rows with meta.doc are passages as somebody has cut them: they are indexed as
// they are, side by side in their document. Any other row is a document that is
// cut here; its first passage in a ranking stands for it.
//
// # Figures
//
//	recall@k  = relevant among the first k / all relevant
//	nDCG@k    = Σ gain_i / log2(i+1) over the ideal order of all relevant, linear
//	            gain (Järvelin & Kekäläinen 2002)
//	MRR@10    = 1 / rank of the first relevant among ten, else 0
//	best@1    = share of questions whose first answer has the highest gain judged
//
// Questions without anything relevant are skipped. With spans a passage is
// relevant when it overlaps at least 30 % of a gold span. Means are over
// questions; intervals are percentile bootstraps over questions (seeded).
//
// # What it is not for
//
// It makes no index and no database: whoever runs it passes an Open. Judging of
// drafts and replies is elsewhere.
package eval
