package privacy

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/pipeline/text"
)

const person = `\p{Lu}[\p{L}'’-]+(?: (?:(?:de|del|della|di|da|do|dos|das|la|le|van|von|der|den|ten|bin|al|el|O'|Mc) ?)*\p{Lu}[\p{L}'’.-]*){0,3}`

var nameREs = []*regexp.Regexp{
	regexp.MustCompile(`(?i:my name is|my name's|i am called|this is|i'm|i am|name:|named|called|ich heiße|ich heisse|mein name ist|name ist|hier ist|hier spricht|ich bin|me llamo|mi nombre es|soy|nombre:|je m'appelle|mon nom est|je suis|ici|nom ?:|prénom ?:|mi chiamo|il mio nome è|sono|nome:|o meu nome é|meu nome é|chamo-me|me chamo|sou|mijn naam is|ik heet|ik ben|naam:|nazywam się|mam na imię|jestem|vorname:|nachname:|first name:|last name:|full name:|surname:|contact:|ansprechpartner:|attn:?|z\. ?hd\.|c/o|on behalf of|im namen von) (` + person + `)`),
	regexp.MustCompile(`\b(?i:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Herrn?|Frau|Hr|Fr|Señora?|Sra?|Don|Doña|Dña|Monsieur|Madame|Mme|Mlle|M|Signora?|Sig|Sig\.ra|Dott|Dott\.ssa|Senhora?|Dona|Meneer|Mevrouw|Mevr|Dhr|Mw|Pan|Pani|Pana)\.? (` + person + `)`),
	regexp.MustCompile(`(?m)^(?i:dear|hi|hello|hey|hallo|liebe[rs]?|sehr geehrte[rs]?|guten tag|hola|estimad[oa]|querid[oa]|bonjour|cher|chère|ciao|gentile|salve|buongiorno|olá|oi|car[oa]|prezad[oa]|beste|geachte|dag|goedemorgen|cześć|szanown[aey]|witam|good morning|good afternoon),? (` + person + `)\s?(?:[,!.:]|$)`),
	regexp.MustCompile(`(?mi:regards|sincerely|cheers|best|thanks|thank you|yours|grüße|grüßen|gruß|gruss|danke|saludos|atentamente|gracias|cordialement|salutations|merci|bien à vous|cordiali saluti|distinti saluti|saluti|grazie|cumprimentos|obrigad[oa]|atenciosamente|groeten|groet|bedankt|pozdrawiam|pozdrowienia|dziękuję)[ ,.!–-]*\s*\n+\s*[-–—]*\s*(` + person + `)[ \t]*(?:\n|$)`),
}

// names finds known names wherever they stand; and others where something announces
// them, or a given name begins them.
func names(said string, known []string) []Value {
	var out []Value
	for _, k := range known {
		for w := range strings.FieldsFuncSeq(k, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '<' || r == '>' || r == '"' }) {
			w = strings.ToLower(strings.Trim(w, ".()"))
			if utf8.RuneCountInString(w) < 2 || common(w) {
				continue
			}
			re := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(w))
			out = append(out, matches(said, re, Name, func(_ string, start, end int) bool { return alone(said, start, end) })...)
		}
	}
	for _, re := range nameREs {
		out = append(out, matches(said, re, Name, func(v string, _, _ int) bool {
			first, _, _ := strings.Cut(v, " ")
			return !common(strings.ToLower(first))
		})...)
	}
	return append(out, given(said)...)
}

// common tells a word that sentences are made of.
func common(w string) bool {
	for _, lang := range []string{"en", "de", "es", "fr", "it", "pt", "nl", "pl"} {
		if text.TongueOf(lang).IsStop(w) {
			return true
		}
	}
	return ordinary[w]
}

// ordinary are words that stand behind "I am" or "Hello" and are no names.
var ordinary = text.WordSet(`team support customer service sir madam all everyone everybody there folks trying having unable writing using looking getting happy sorry sure not still currently interested locked stuck going new your our
	zusammen leider kunde kundin nicht sehr damen herren equipo cliente todos todas señores client cliente tous toutes tutti todos klant iedereen allen customer admin an administrator monday tuesday wednesday thursday friday saturday sunday
	january february march april june july august september october november december montag dienstag mittwoch donnerstag freitag samstag sonntag google apple microsoft windows android iphone chrome outlook slack zendesk excel`)

var wordRE = regexp.MustCompile(`\p{Lu}[\p{L}'’-]+`)

// given finds given names, with the capitalised words behind them.
func given(said string) []Value {
	var out []Value
	ws := wordRE.FindAllStringIndex(said, -1)
	for i := 0; i < len(ws); i++ {
		w := strings.ToLower(said[ws[i][0]:ws[i][1]])
		first, _, _ := strings.Cut(w, "-")
		if !givenNames[w] && !givenNames[first] || !alone(said, ws[i][0], ws[i][1]) {
			continue
		}
		end, j := ws[i][1], i+1
		for ; j < len(ws) && j <= i+3; j++ {
			gap := said[end:ws[j][0]]
			if g := strings.TrimSpace(gap); strings.ContainsAny(gap, "\n") || len(gap) > 8 || g != "" && !particles[strings.ToLower(g)] && !(len(g) == 2 && g[1] == '.') {
				break
			}
			end = ws[j][1]
		}
		out = append(out, Value{ws[i][0], end, Name})
		i = j - 1
	}
	return out
}

var particles = text.WordSet("de del della di da do dos das la le van von der den ten bin al el van der von der de la")

// givenNames are given names that are frequent in the languages that the product
// speaks, but for those that are words as well.
var givenNames = text.WordSet(`james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick raymond dennis jerry tyler aaron jose adam nathan henry zachary douglas peter kyle noah ethan jeremy walter christian keith roger terry austin sean gerald carl harold dylan arthur lawrence jordan jesse bryan bruce gabriel logan albert willie alan elijah wayne randy vincent ralph eugene russell bobby tom ben declan iker ornella corrado dario liam mason lucy ella ava evie isla freya imogen harriet georgia nora sadie declan connor owen aidan niamh siobhan aoife rhys gareth ewan angus callum hamish philip louis
	mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia dorothy amy kathleen angela shirley emma brenda pamela nicole anna samantha katherine christine helen debra rachel carolyn janet maria olivia heather diane julie joyce victoria ruth virginia lauren kelly christina joan evelyn judith andrea hannah megan cheryl jacqueline martha madison teresa gloria sara janice ann kathryn abigail sophia frances jean alice judy isabella julia denise amber doris danielle marilyn beverly charlotte natalie theresa diana brittany kayla alexis lori claire fiona sophie chloe amelia poppy oliver jack harry charlie freddie archie alfie
	hans klaus jürgen günter wolfgang werner dieter heinz manfred uwe bernd stefan andreas markus matthias florian tobias sebastian felix lukas jonas leon finn niklas moritz philipp maximilian johannes dominik fabian torsten thorsten holger ralf rainer gerhard helmut horst karl friedrich ludwig anja petra sabine monika ursula renate helga karin brigitte ingrid gisela christa gabriele claudia susanne birgit heike silke katrin kathrin katharina stefanie melanie nadine sandra tanja yvonne jana lena lea leonie mia hanna johanna greta frieda ilse gerda ulrike jutta franziska annika
	antonio manuel francisco juan pedro jesús javier carlos miguel rafael ángel fernando luis pablo sergio alejandro jorge alberto diego álvaro adrián raúl enrique ramón vicente rubén óscar andrés santiago joaquín víctor eduardo roberto jaime mario ignacio iván gonzalo hugo mateo carmen isabel dolores pilar teresa ana josefa cristina mercedes lucía marta laura elena rosario raquel paula silvia rocío sofía martina valentina ximena guadalupe alejandra gabriela beatriz inés irene nuria consuelo
	jean pierre michel andré philippe rené louis alain jacques bernard marcel daniel robert christophe nicolas laurent frédéric sébastien stéphane julien guillaume antoine mathieu thierry olivier françois gérard hervé yves didier benoît romain maxime clément théo léo lucas nathan enzo marie jeanne françoise monique catherine nathalie isabelle jacqueline sylvie anne martine nicole hélène christiane valérie sandrine céline aurélie émilie camille manon chloé inès léa élodie brigitte dominique véronique geneviève margaux
	giuseppe giovanni antonio mario luigi angelo vincenzo pietro salvatore carlo franco domenico bruno paolo michele giorgio aldo sergio luciano marco luca matteo andrea alessandro lorenzo davide simone federico riccardo fabio stefano roberto giulia chiara francesca alessia martina giorgia elisa silvia valentina federica paola laura giovanna rosa lucia caterina teresa ilaria elena anna beatrice ginevra aurora
	joão josé antónio antônio francisco carlos paulo pedro lucas luiz luis marcos gabriel rafael daniel marcelo bruno rodrigo tiago diogo gonçalo rui nuno vasco duarte fernanda adriana juliana márcia patrícia aline sandra camila amanda bruna jéssica letícia júlia luciana vanessa mariana inês catarina beatriz matilde leonor
	jan piet kees willem hendrik johannes cornelis gerrit jeroen maarten bas daan sem thijs lars sander ruben bram sjoerd pieter anneke marieke ingrid femke sanne lotte fleur anouk esther wilma marijke
	krzysztof andrzej piotr tomasz paweł michał marcin grzegorz jerzy tadeusz łukasz mateusz zbigniew ryszard kazimierz wojciech jakub katarzyna małgorzata agnieszka barbara krystyna ewa elżbieta zofia teresa magdalena joanna monika danuta aleksandra jadwiga
	mohammed muhammad ahmed mohamed ali hassan hussein omar ibrahim yusuf mustafa fatima aisha khadija mehmet ayşe emre fatih priya rahul amit sanjay anil deepak neha pooja anjali ravi suresh wei ming hiroshi takashi yuki kenji haruto sakura dmitri dmitry sergei sergey alexei aleksei ivan olga natalia tatiana svetlana irina oleksandr andriy volodymyr`)
