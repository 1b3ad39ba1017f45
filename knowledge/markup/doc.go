// Package markup reads the markups that help pages are written in.
//
// In: a page's decoded text, without front matter, and how it is written. Out: clean
// Markdown that shows what a reader of the page sees, its title, and how much text
// was left out and why.
//
// # Two stages
//
//	markdown (container, inline, tag) ─┐
//	rst, asciidoc, textile ────────────┼─▶ one tree of HTML ─▶ prune ─▶ shape ─▶ step ─▶ bound ─▶ render
//	html ──────────────────────────────┘
//
// A dialect knows only how its marks are spelled: a container, a shortcode or a
// component becomes an element with its name and attributes. What these mean is said
// once, on the tree: prune takes away what is no content, shape turns components,
// collapsed panels, definitions and footnotes into headings and paragraphs, step makes
// every way of writing a procedure a numbered list. Render writes Markdown that holds
// no extension of any dialect.
//
// What a page gets from elsewhere (a variable, a macro, an included file) is not known
// here: text.Gap stands where a value would, so that no sentence reads as if it were
// whole.
package markup
