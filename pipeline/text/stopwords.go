package text

import "strings"

// Stop words by language: the most frequent function words. They carry no
// terms, and their count tells the language of a text. Compiled by hand from
// the grammar of each language; short on purpose, since IDF does the rest.
const (
	stopEnglish = `a about above after again all also am an and any are aren arent as at be because been before being below
		between both but by can could couldnt did didnt do does doesnt doing don dont down during each few for from further get had hadnt
		has hasnt have havent having he her here hers him his how i if im in into is isn isnt it its itself ive just let lets me more most my
		myself no nor not now of off on once only or other our ours out over own please same she should so some such than that
		thats the their theirs them then there these they this those through to too under until up us very was wasnt we were werent what
		when where which while who whom why will with wont would wouldnt you your yours yourself yes ok okay hi hello thanks thank hey um uh`
	stopGerman = `aber alle als also am an auch auf aus bei bin bis bist da damit dann das dass dein dem den der des die dies diese dieser
		dieses doch dort du durch ein eine einem einen einer eines er es für hab habe haben hat hatte hier ich ihr ihre im in ins ist ja
		jede kann kein keine können man mein meine mich mir mit muss nach nicht noch nun nur ob oder ohne sehr sein sich sie sind so
		über um und uns unser unter vom von vor war was weil wenn wer werden wie wieder will wir wird wo zu zum zur bitte danke hallo`
	stopSpanish = `a al algo como con cuando de del desde donde el ella ellos en entre era es esa ese eso esta está este esto estos fue ha
		han hasta hay la las le les lo los más me mi mis muy no nos o para pero por porque puede pueden puedo que qué quién se ser si sí
		sin sobre su sus también te tiene tengo todo tu tus un una uno unos usted y ya yo gracias hola`
	stopFrench = `à au aux avec c ce ces cet cette comme d dans de des du elle elles en est et été être eu il ils j je l la le les leur
		leurs lui m ma mais me mes moi mon n ne nos notre nous on ont ou où par pas peut peux plus pour qu que qui s sa sans se ses si son
		sont sur ta te tes toi ton tu un une vos votre vous y bonjour merci`
	stopItalian = `a ad ai al alla alle anche c che chi ci come con cosa da dal dalla dei del della delle di dove e ed è era fra gli ha
		hai hanno ho i il in io l la le lei lo loro ma mi mia mio ne nei nel nella noi non o per perché più può quale quando quello questo
		se sei si sono sta su sua sul suo tra tu un una uno vi voi grazie ciao`
	stopDutch = `aan al als bij dat de der deze die dit doen door dus een en er ge geen had heb hebben heeft het hier hij hoe ik in is
		ja je kan kunnen maar me meer men met mij mijn moet na naar niet nog nu of om omdat onder ons ook op over te tot u uit uw van
		veel voor waar want was wat we wel werd wie wij wil worden zal ze zich zij zijn zo zou bedankt hallo`
	stopPortuguese = `a ao aos as às até com como da das de dela dele do dos e é ela ele eles em entre era essa esse esta está este eu
		foi há isso isto já lhe mais mas me meu minha muito na não nas nem no nos o onde os ou para pela pelo por porque pode posso qual
		quando que quem se sem ser seu sua são só também te tem tenho um uma umas uns você obrigado olá`
	stopSwedish = `alla allt att av blev bli de dem den denna det detta dig din du där då efter ej eller en er ett finns för från ha
		hade han har hon hur här i icke inte jag ju kan kunna man med men mig min mitt mycket mot ni nu när och om oss på samma sedan sig
		sin ska skall som så till under upp ut utan vad var vara vi vid vilken är åt över tack hej`
	stopDanish = `af alle alt at blev bliver da de dem den denne der det dette dig din du efter eller en end er et for fra ham han har
		have havde hun hvad hvis hvor hvordan i ikke ind jeg jo kan kunne man med meget men mig min mit mod når nogle nu og også om op os på
		sig sin skal som så til ud under var vi vil være tak hej`
	stopNorwegian = `alle at av både da de deg dem den denne der det dette din du eller en er et etter for fra ha hadde han har hun hva
		hvis hvor hvordan i ikke inn jeg kan kunne man med meg mellom men min mitt mot når nå noe og også om opp oss på seg selv sin skal
		som så til under ut var ved vi vil være takk hei`
	stopFinnish = `ei en ensin että hän he ja jo joka jos kanssa kuin kun me mikä mitä minä minun mutta myös ne niin nyt ole olen olet
		oli on ovat se sen sekä siitä sinä tai tämä tämän te vain voi voin miten missä kiitos hei`
	stopRussian = `а без бы был была были было быть в вам вас вот все вы где да для до его ее если есть еще же за и из или им их к как
		ко когда кто ли мне мы на нас не него нет но ну о об он она они от по под при с со так там то у уже что чтобы это этот я спасибо`
	stopTurkish = `ama bir bu çok da daha de değil diye en gibi hem her ile için ise kadar ki mı mi mu mü ne neden o olan olarak olduğu
		sonra şu ve veya ya nasıl merhaba teşekkürler`
	stopPolish = `a aby ale być był była było bym byli co czy dla do gdy gdzie go i ich ile im iż ja jak jako je jego jej jest jestem już
		która które który lub ma mam mi mnie może mój na nad nam nas nie niż o od on ona oni po pod przez przy się są ta tak także tam
		te tego ten też to tu ty w we więc wszystko z za ze że proszę dziękuję`
)

// Words that say nothing about a subject either, though an index has them: the stop
// words of an index stay as they are, or what it holds could not be found.
const (
	quietEnglish = `against cant cannot got ll may might must re shall upon ve whose within without d m s t`
	quietGerman  = `allem allen aller alles beim bzw deine denn dich diesem diesen dir etwas euch euer gegen hin ihm ihn ihnen ihrem ihren ihrer
		jedem jeden jeder jedes jetzt keinen könnte mehr meinem meinen meiner müssen nichts seine soll sollte sollten sowie unsere waren
		welche welcher werde worden wurde wurden zwischen`
	quietSpanish = `alguna alguno ante antes aquí así aún bajo bien cada contra cual cuándo cómo dos dónde ellas estas estoy están favor hace
		hacia he nada ni nosotros nuestra nuestro os otra otro poco quien sea según son soy tan tienen todos unas ustedes él`
	quietFrench = `afin ai alors après aucun aussi autre avant avez avoir avons cela ceux chaque chez ci comment depuis donc dont encore entre
		faire fait lors là même ni peu peuvent pourquoi puis quand quel quelle quelles quels quoi sera soit sous suis tous tout toute
		toutes vers était`
)

// WordSet is a set of words that stand apart in a text.
func WordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
