package guard

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
		clause: set(`not never none nobody nothing nor cannot neither unable impossible don't doesn't didn't can't couldn't won't wouldn't shouldn't isn't aren't wasn't
			weren't haven't hasn't hadn't mustn't needn't ain't unavailable forbidden prohibited`),
		phrase: set(`no without`), only: set(`only solely exclusively unless except excluding excludes`), when: set(`if unless until when whenever provided once while`),
		but: set(`but while whereas however although though because since so which who whose that`), and: set(`and`), or: set(`or nor`),
		save: set(`except excluding unless`), that: set(`that`),
		limit: set(`within most least maximum minimum max min until before after by up than under over`),
	},
	"de": {
		clause: set(`nicht nie niemals niemand nichts weder unmöglich verboten untersagt`), phrase: set(`kein keine keinen keinem keiner keines ohne`),
		only: set(`nur ausschließlich lediglich außer ausgenommen`), when: set(`wenn falls sofern solange sobald bis`),
		but: set(`aber sondern jedoch während obwohl weil da denn dass`), and: set(`und sowie`), or: set(`oder noch`),
		save: set(`außer ausgenommen`), that: set(`dass`),
		limit: set(`innerhalb binnen höchstens mindestens maximal minimal bis vor nach unter über spätestens frühestens`),
	},
	"es": {
		clause: set(`no nunca jamás nadie nada tampoco imposible prohibido`), phrase: set(`ningún ninguna ninguno sin`),
		only: set(`solo sólo solamente únicamente exclusivamente excepto salvo`), when: set(`si cuando mientras hasta siempre`),
		but: set(`pero sino aunque porque mientras que`), and: set(`y e`), or: set(`o u ni`),
		save: set(`excepto salvo`), that: set(`que`),
		limit: set(`dentro plazo hasta máximo mínimo menos más antes después`),
	},
	"fr": {
		clause: set(`pas jamais rien personne impossible interdit interdite`), phrase: set(`aucun aucune sans ni`),
		only: set(`seul seule seuls seules seulement uniquement exclusivement sauf excepté`), when: set(`si s'il s'ils lorsque lorsqu quand tant condition`),
		but: set(`mais tandis car parce cependant que qui dont`), and: set(`et`), or: set(`ou ni`),
		save: set(`sauf excepté`), that: set(`que`),
		limit: set(`sous maximum minimum plus moins avant après jusqu'à d'ici dans`),
	},
	"it": {
		clause: set(`non mai nessuno niente nulla neanche nemmeno impossibile vietato`), phrase: set(`nessun nessuna senza né`),
		only: set(`solo soltanto solamente unicamente esclusivamente tranne eccetto salvo`), when: set(`se quando purché qualora finché`),
		but: set(`ma mentre però bensì perché anche che`), and: set(`e ed`), or: set(`o oppure né`),
		save: set(`tranne eccetto salvo`), that: set(`che`),
		limit: set(`entro massimo minimo almeno meno più prima dopo fino`),
	},
	"pt": {
		clause: set(`não nunca jamais ninguém nada tampouco impossível proibido`), phrase: set(`nenhum nenhuma sem`),
		only: set(`só somente apenas exclusivamente unicamente exceto salvo`), when: set(`se quando caso enquanto até desde`),
		but: set(`mas porém enquanto embora porque que`), and: set(`e`), or: set(`ou nem`),
		save: set(`exceto salvo`), that: set(`que`),
		limit: set(`dentro máximo mínimo menos mais antes depois até`),
	},
	"nl": {
		clause: set(`niet nooit niemand niets noch onmogelijk verboden`), phrase: set(`geen zonder`),
		only: set(`alleen slechts uitsluitend enkel behalve tenzij`), when: set(`als indien wanneer tenzij mits zolang zodra totdat`),
		but: set(`maar terwijl hoewel omdat want echter dat die`), and: set(`en`), or: set(`of noch`),
		save: set(`behalve tenzij`), that: set(`dat`),
		limit: set(`binnen maximaal minimaal minstens hoogstens tot voor na uiterlijk`),
	},
}

func signsOf(lang string) signs {
	if s, ok := polar[lang]; ok {
		return s
	}
	return polar["en"]
}
