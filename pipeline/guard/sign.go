package guard

import "footnote/pipeline/text"

// signs are the words by which a language says no, restricts and makes conditions.
type signs struct {
	clause  map[string]bool // deny the clause they stand in
	phrase  map[string]bool // deny the words behind them
	only    map[string]bool // restrict what is said to the words behind them
	save    map[string]bool // begin an exception; they restrict as well
	when    map[string]bool // begin a condition
	that    map[string]bool // begin what is said or denied
	but     map[string]bool // begin a clause of its own
	and, or map[string]bool
	limit   map[string]bool // bound the number behind them
}

var polar = map[string]signs{
	"en": {
		clause: text.WordSet(`not never none nobody nothing nor cannot neither unable impossible don't doesn't didn't can't couldn't won't wouldn't shouldn't isn't aren't wasn't
			weren't haven't hasn't hadn't mustn't needn't ain't unavailable forbidden prohibited`),
		phrase: text.WordSet(`no without`), only: text.WordSet(`only solely exclusively unless except excluding excludes`), when: text.WordSet(`if unless until when whenever provided once while`),
		but: text.WordSet(`but while whereas however although though because since so which who whose that`), and: text.WordSet(`and`), or: text.WordSet(`or nor`),
		save: text.WordSet(`except excluding unless`), that: text.WordSet(`that`),
		limit: text.WordSet(`within most least maximum minimum max min until before after by up than under over`),
	},
	"de": {
		clause: text.WordSet(`nicht nie niemals niemand nichts weder unmöglich verboten untersagt`), phrase: text.WordSet(`kein keine keinen keinem keiner keines ohne`),
		only: text.WordSet(`nur ausschließlich lediglich außer ausgenommen`), when: text.WordSet(`wenn falls sofern solange sobald bis`),
		but: text.WordSet(`aber sondern jedoch während obwohl weil da denn dass`), and: text.WordSet(`und sowie`), or: text.WordSet(`oder noch`),
		save: text.WordSet(`außer ausgenommen`), that: text.WordSet(`dass`),
		limit: text.WordSet(`innerhalb binnen höchstens mindestens maximal minimal bis vor nach unter über spätestens frühestens`),
	},
	"es": {
		clause: text.WordSet(`no nunca jamás nadie nada tampoco imposible prohibido`), phrase: text.WordSet(`ningún ninguna ninguno sin`),
		only: text.WordSet(`solo sólo solamente únicamente exclusivamente excepto salvo`), when: text.WordSet(`si cuando mientras hasta siempre`),
		but: text.WordSet(`pero sino aunque porque mientras que`), and: text.WordSet(`y e`), or: text.WordSet(`o u ni`),
		save: text.WordSet(`excepto salvo`), that: text.WordSet(`que`),
		limit: text.WordSet(`dentro plazo hasta máximo mínimo menos más antes después`),
	},
	"fr": {
		clause: text.WordSet(`pas jamais rien personne impossible interdit interdite`), phrase: text.WordSet(`aucun aucune sans ni`),
		only: text.WordSet(`seul seule seuls seules seulement uniquement exclusivement sauf excepté`), when: text.WordSet(`si s'il s'ils lorsque lorsqu quand tant condition`),
		but: text.WordSet(`mais tandis car parce cependant que qui dont`), and: text.WordSet(`et`), or: text.WordSet(`ou ni`),
		save: text.WordSet(`sauf excepté`), that: text.WordSet(`que`),
		limit: text.WordSet(`sous maximum minimum plus moins avant après jusqu'à d'ici dans`),
	},
	"it": {
		clause: text.WordSet(`non mai nessuno niente nulla neanche nemmeno impossibile vietato`), phrase: text.WordSet(`nessun nessuna senza né`),
		only: text.WordSet(`solo soltanto solamente unicamente esclusivamente tranne eccetto salvo`), when: text.WordSet(`se quando purché qualora finché`),
		but: text.WordSet(`ma mentre però bensì perché anche che`), and: text.WordSet(`e ed`), or: text.WordSet(`o oppure né`),
		save: text.WordSet(`tranne eccetto salvo`), that: text.WordSet(`che`),
		limit: text.WordSet(`entro massimo minimo almeno meno più prima dopo fino`),
	},
	"pt": {
		clause: text.WordSet(`não nunca jamais ninguém nada tampouco impossível proibido`), phrase: text.WordSet(`nenhum nenhuma sem`),
		only: text.WordSet(`só somente apenas exclusivamente unicamente exceto salvo`), when: text.WordSet(`se quando caso enquanto até desde`),
		but: text.WordSet(`mas porém enquanto embora porque que`), and: text.WordSet(`e`), or: text.WordSet(`ou nem`),
		save: text.WordSet(`exceto salvo`), that: text.WordSet(`que`),
		limit: text.WordSet(`dentro máximo mínimo menos mais antes depois até`),
	},
	"nl": {
		clause: text.WordSet(`niet nooit niemand niets noch onmogelijk verboden`), phrase: text.WordSet(`geen zonder`),
		only: text.WordSet(`alleen slechts uitsluitend enkel behalve tenzij`), when: text.WordSet(`als indien wanneer tenzij mits zolang zodra totdat`),
		but: text.WordSet(`maar terwijl hoewel omdat want echter dat die`), and: text.WordSet(`en`), or: text.WordSet(`of noch`),
		save: text.WordSet(`behalve tenzij`), that: text.WordSet(`dat`),
		limit: text.WordSet(`binnen maximaal minimaal minstens hoogstens tot voor na uiterlijk`),
	},
}

func signsOf(lang string) signs {
	if s, ok := polar[lang]; ok {
		return s
	}
	return polar["en"]
}
