package text

import (
	"strings"
	"unicode"
)

// voter is what one language among several of a script is known by: letters that
// not all of them have, and frequent words. The words that its index leaves out
// (stopwords.go) count too.
type voter struct{ lang, letters, words string }

// voters lists the languages that share a script with others. The words are the
// most frequent ones of the grammar of each, and a few with which people open a
// message to support; none is the name of a thing, for those travel.
var voters = map[*unicode.RangeTable][]voter{
	unicode.Latin: {
		{"en", "", `cant dont isnt forgot want need would like tell know whether every time still doesnt work working got been get see try tried since may must
			dear arrived came went made send sent put use used using give given show shows took take seem seems instead rather already always never
			often however although because yet soon someone something anything nothing everything everyone another many much less least two three one
			first last next new our ours whose`},
		{"de", "äöüß", `funktioniert leider geht immer mehr möchte würde guten tag ihnen uns unsere beim vielen dank wurde gibt mal schon seit heute gerade wenn
			ihrer meiner meinem meinen keinen welche wann könnte müssen sollte dieses sehr geehrte vergessen etwas nichts jetzt nochmal hierzu lieber
			kam kommt kamen war waren wäre hätte hätten dafür damit daran darauf davon dazu deshalb trotzdem obwohl während bevor nachdem seitdem statt
			wegen gegen zwei drei erste letzte neue neuen alte diesen dieser jemand niemand alles wieder zurück schicken bekomme bekommen machen gemacht
			kommen sagen geben lassen brauche brauchen`},
		{"es", "áéíóúüñ", `dónde cómo cuál cuándo quiero quisiera necesito favor buenos buenas días tardes todavía funciona hace estoy están tienen hemos he ustedes
			nuestro nuestra aún también olvidado antes saber cada vez está ahora hacer envíenme llegó llega prefiero lugar otra otro alguna alguno algún
			novedad nada nadie nunca siempre entonces aunque mientras después durante contra según hacia dos tres primero nueva nuevo recibí recibido
			puedan podemos pueda debo debe debería quiere quieren hizo hago envían soy somos era estaba fueron gustaría ningún pagar con enviar`},
		{"fr", "àâçéèêëîïôûùœæ", `comment pourquoi quand quel quelle je puis bonsoir malheureusement ça cela toujours fois avez avoir suis voudrais possible depuis été cette
			votre j'ai c'est n'est d'un d'une qu'il oublié marche faire afin chaque sans plus merci renvoyez envoyez plutôt déjà aussi ensuite ainsi
			alors donc car lorsque pendant avant après entre contre chez vers selon deux trois premier dernière nouvelle nouveau rien personne quelque
			quelqu'un beaucoup peu trop très arrivé arrive reçu reçois envoyer savoir étais était étaient serait sera font vont doit dois devons voulez
			veux besoin`},
		{"it", "àèéìòù", `dov'è buongiorno salve vorrei potete posso riesco purtroppo ancora ogni volta questa dell all nostro nostra abbiamo sapere dimenticato
			alcuni essere fare funziona quanto perchè stato stata preferisco mandatemi anziché nuovo nuova arrivato arrivata altro altra altri qualcosa
			qualcuno niente nessuno sempre mai già dopo prima durante contro secondo verso due tre devo deve dobbiamo voglio vogliamo avrei sarebbe
			erano siamo avete fatto dove ricevuto ricevuta allora però quindi oppure mentre poi così molto poco troppo dallo negli dagli sui sulla nell'`},
		{"pt", "áâãàçéêíóôõú", `esqueci minha bom dia vocês consigo ainda gostaria saber cobre estou estão nosso nossa fazer obrigada olá depois agora sempre está nenhum
			funciona preciso cada vez meus minhas chegou chegaram enviem prefiro novo nova fatura em outro outra nada ninguém nunca então embora
			enquanto antes durante contra segundo dois duas três recebi podemos possa devo deve quer querem fiz faço somos era estava foram seria
			gostava sobre assunto já mudámos às pelos pelas num numa deste desta nesse nessa alguém algum alguma muito bem`},
		{"nl", "ëïéèöü", `goedemorgen goedemiddag vergeten werkt graag kunt elke keer jullie onze mijn waarom steeds hallo alvast bedankt wordt zonder deze geachte
			eind ben ging weer gebeurt welke wanneer vraag iets heel liever stuur stuurt nieuws bijlage ander andere iemand niemand alles niets altijd
			nooit al eerst daarna toen terwijl voordat nadat tijdens tegen volgens twee drie eerste laatste nieuwe ontvangen krijg krijgen moeten mag
			wilt willen zou zouden ga gaat maken gemaakt doen deed kwam komt hierover daar dan dit nogmaals betaal betalen een factuur`},
		{"sv", "åäö", `fram hur varför varje gång fungerar fortfarande glömt inte jag skulle vill undrar någon något några mitt behöver händer blev gör göra era er vårt
			vår vänliga hälsningar hej hellre igen kom kommer skicka skickade tom någonting ingenting alltid aldrig redan först sen medan innan under
			enligt två tre första sista nya fått får måste borde vilja går gick gjort kvar tillbaka längre annat annan ingen inget båda hela än betalar`},
		{"da", "æøå", `ændre ændrer hvordan nulstille annullere hvorfor hver gang virker stadig glemt gerne mine jer jeres blevet goddag vores noget ikke hvad gør efter adgangskode vide venlig hilsen
			kunne deres nogen ved af ud ind åbner hellere igen kom kommer send sendte tom ingenting altid aldrig allerede først mens inden ifølge to tre
			første sidste nye fået får må burde ville skulle går gik gjort gøre tilbage længere andet anden ingen intet begge hele mit min end betale
			ellers hjalp fremkom opkrævet`},
		{"no", "æøå", `endre endrer hvordan tilbakestille kansellere hvorfor hver gang fungerer fortsatt glemt gjerne dere deres ble vårt noen ikke hva gjør etter vite vennlig hilsen lurer mitt mine hei takk
			får åpner passordet ved ut inn heller igjen kom kommer send sendte tom noe ingenting alltid aldri allerede først mens innen ifølge to tre
			første siste nye fått må burde ville skulle går gikk gjort gjøre tilbake lenger annet annen ingen begge hele min enn betale ellers hjalp
			fram på nytt`},
		{"fi", "äö", `en enkä eikä jotta aina kaksi haluaisin haluan voisin voitteko voiko saan saa miksi tässä toimi vielä vieläkään tietää kertaa sisään olisi
			teen pitää mitään emme moi terve kun koska joten minulla minulta minulle uudelleen mieluummin kuin saapui tuli tulee lähettäkää lähetin
			jotain koskaan jo ensin sitten ennen jälkeen mukaan ilman vastaan kolme uusi uuden uutta vanha pitäisi täytyy tehdä sain olisin olivat oli
			ollut enää muuta muu jokin joku kukaan kaikki`},
		{"hu", "áéíóöőúüű", `a az és hogy nem van egy ez azt ezt hol hogyan miért mi ki még mindig már csak is de ha vagy kell lehet meg nincs tudok tudom tudná
			szeretném szeretnék kérem köszönöm jó napot üdvözlöm kérdezni amikor ebben nekem van-e működik mert sem után minden majd volt lesz inkább
			újra küldjék voltak lenne valami valaki semmi senki mindent soha először aztán míg előtt alatt szerint két három első utolsó új kaptam kapok
			kellene akarok megy ment csinálni vissza többé más másik egyik egész mit milyen melyik ezek azok ehhez erre arra mint`},
		{"ro", "ăâîșțşţ", `și si nu este sunt am ai are avem pot poate cum unde ce care când de la în din cu pe pentru mai un o să că mă mi îmi vă va aș vrea bună ziua
			mulțumesc fără dar acest această fost tot dacă nici nimic vreau mea meu nostru dintre fiecare face sau nou trimiteți ajuns ajunge loc prefer
			altceva cineva ceva niciodată mereu întotdeauna deja apoi atunci înainte după timp contra două doi trei primul ultima nouă primit primesc
			trebuie ar fi era erau suntem aveți făcut altă alt toate toți foarte prea putem plătesc ne le lui ei lor`},
		{"tr", "çğıöşüâî", `nerede benim beni bana bizim siz size şu değil var yok nasıl zaman her açtığımda istiyorum edebilir edebilirim misiniz lütfen iki kez hâlâ
			hala çalışmıyor olarak yapmalıyım iyi günler sayın merhaba mümkün veriyor bunu sadece alıyorum yapabilirim tekrar yeniden gönderin geldi
			gelmedi tercih ederim şey kimse hiç hep önce sonra sırasında göre üç ilk son yeni aldım gerek gerekiyor gelen oldu olur olmuyor yapmak geri
			artık başka bütün tüm hangi kim bunlar ona onu bunun fakat ancak eğer yani hâlen`},
		{"pl", "ąćęłńóśźż", `moje moja mogę dzień dobry chciałbym chciałabym czy nadal działa każdym razem gdy można możecie jedną tym proszę prosze dlaczego kiedy
			zapomniałem zapomniałam bardzo witam jeszcze mój pojawia robić jeśli ponownie wolę niż przyszła przyszedł dotarła dotarł był była były coś
			ktoś nic nikt zawsze nigdy już najpierw potem podczas według dwa trzy pierwszy ostatni nowy nowa nowe otrzymałem otrzymałam dostałem muszę
			powinien idzie robi zrobić z powrotem inne inny cały wszystkie które ponieważ dlatego jednak albo`},
		{"cs", "áčďéěíňóřšťúůýž", `a je na se v že to s z do o k i ale jak kde kdy proč co moje můj moji mi mě jsem jsme není nemohu nemůžu mohu můžete prosím prosim děkuji
			dobrý den stále pořád nefunguje když pro od po při jestli chtěl bych už jen nebo tento která který si by byla byl bude mám dělat jsou tam
			znovu raději než přišel dorazil pošlete něco někdo nic nikdo vždy nikdy nejdřív potom během podle dva tři první poslední nový nová nové
			dostal musím měl jde udělat zpět jiný jiné celý všechny protože proto však kterou ještě také tady`},
		{"sk", "áäčďéíĺľňóôŕšťúýž", `a je na sa v že to s z do o k i ale ako kde kedy prečo čo moja moje môj mi ma som sme nie nemôžem môžem môžete prosím ďakujem dobrý deň
			stále nefunguje keď pre od po pri či chcel by už len alebo tento ktorá ktorý si bola bol bude mám robiť sú neviem vždy znova radšej než
			prišiel dorazil pošlite niečo niekto nič nikto nikdy najprv potom počas podľa dva tri prvý posledný nový nová nové dostal musím mal ide
			urobiť späť iný iné celý všetky pretože preto však ktorú ešte tiež tu`},
		{"sl", "čšž", `in je na se v da to s z iz za o ki pa ali kako kje kdaj zakaj kaj moj moja moje mi me sem smo ni ne morem lahko prosim hvala dober dan še
			vedno deluje ko od po pri če rad bi že samo ta te ste bilo bila bo imam so tudi znova raje kot prispel pošljite nekaj nekdo nič nihče nikoli
			najprej potem med dva tri prvi zadnji nov nova novo dobil moram gre narediti nazaj drugo drugi cel vse ker zato vendar`},
		{"hr", "čćđšž", `i je na se u da to s iz za o koji koja ali kako gdje kada zašto što moj moja moje mi me sam smo nije ne mogu može možete molim hvala dobar
			dan još uvijek radi od po pri ako bih već samo ovaj ste bilo bila će imam su svaki put li kad ponovno radije nego stigao stigla pošaljite
			nešto netko ništa nitko nikad prvo zatim tijekom prema dva tri prvi zadnji novi nova novo dobio moram ide napraviti natrag drugo drugi
			cijeli sve jer zato ipak`},
		{"lt", "ąčęėįšųūž", `ir yra ne kad į iš su ar kaip kur kada kodėl kas mano man aš mes buvo nėra negaliu galiu galite prašau ačiū laba diena vis dar bet apie per
			po už nuo jei norėčiau tik arba šį du bus jūsų labas sveiki neveikia`},
		{"lv", "āčēģīķļņšūž", `un ir ne ka uz no ar vai kā kur kad kāpēc kas mans mana man es mēs bija nav nevaru varu varat lūdzu paldies labdien joprojām bet par pēc ja
			vēlos tikai šis divas tika jūsu sveiki to lai nedarbojas`},
		{"et", "äõöüšž", `enam me veel teha mida ja on ei et see kui kuidas kus millal miks mis minu mu ma mul me oli ole saa saan saate palun aitäh tere ikka veel aga kas ära või siis seda
			sel tahaksin ainult oma teie pärast välja tööta kaks`},
		{"id", "", `dan yang di ke dari untuk dengan tidak saya kami anda apa bagaimana kapan membuka selalu nggak gak kok dong ya akhir silakan saat
			membatalkan mengapa kenapa ini itu ada bisa sudah belum akan pada atau juga karena tolong terima kasih selamat pagi siang apakah mohon cara
			lupa mana setiap kali oleh agar telah masih jika kirim ulang sekali lagi tapi tetapi lain semua selama sebelum sesudah setelah menurut dua
			tiga baru pertama terakhir dapat harus mau ingin buat dibuat kosong nya kembali masalah sama`},
		{"ms", "", `dan yang dari untuk dengan tidak saya kami anda bagaimana bila mengapa ini itu ada boleh belum akan pada atau juga kerana tolong terima
			kasih adakah telah masih jika ialah awak mahu sila apabila kepada hendak`},
		{"vi", "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", `tôi của không và là có ở đâu bạn cho được này một thể làm thế nào để vào bị với như các xin chào cảm ơn tại sao khi đã những`},
		{"ca", "àçéèíïóòúü", `on és el la els les i no de del en amb per que meu meva em puc com quan aquest aquesta bon dia gràcies sisplau podeu hem he ha una un dels
			encara vull voldria més però està seva sense oblidat funciona què mes`},
		{"gl", "áéíóúüñ", `o a os as e non de do da en con por que meu miña eu podo como cando onde este esta bo día grazas podedes unha un dos aínda quero máis pero
			está súa sen fun ata xa hai ao na no das pola polo podemos facer foi eran outra outro nada nunca sempre despois antes dous dúas novo nova
			cal`},
		{"eu", "ñ", `eta da ez dut du dira naiz nire zure non nola noiz zer zergatik bat hau hori dago daude mesedez eskerrik asko kaixo ezin nahi baina ere egin
			behar dezaket dezakezue arren egun on`},
		{"is", "áðéíóúýþæö", `og er ekki ég að í á hvar hvernig hvenær af hverju það sem til með fyrir mín minn mitt mínu get getur þú við var hef vinsamlegast takk góðan
			dag en ef um frá eða upp ykkar þetta mig`},
		{"sq", "çë", `dhe është nuk unë ku si kur pse që në me për një ime im mund të ta jam kam ka ju faleminderit lutem përshëndetje por nga do kjo ky janë së`},
		{"tl", "ñ", `ang ng sa na ko ako mo ay hindi po mga at kung paano nasaan bakit kailan ano para ito iyon may wala aking akin naman lang salamat gusto pa
			ba kapag pero ninyo`},
		{"sw", "", `na ya wa kwa ni la za katika yangu wangu langu changu si hii hiyo wapi vipi jinsi gani nini kwenye lakini tafadhali asante habari naomba
			kuwa siwezi ninaweza nataka bado je hilo ili`},
		{"af", "ëêôûï", `die ek is nie en my van het in te kan hoe waar wanneer hoekom jy julle ons dit wat vir met om aan asseblief dankie goeie more word was nog
			sal hulle sy aan'n op meer maar kon ander anders moet doen wou al dan as toe nuwe weer hier daar niks iemand alles altyd nooit eerste laaste
			twee drie kry gekry gaan kom tot uit oor by`},
		{"cy", "âêîôûŵŷ", `rwyf wedi yn ac i fy ni y yr mae nid oes sut ble pryd pam beth os gwelwch dda diolch helo ddim gallaf allaf ar gyfer gyda hwn hon ond eich
			roedd wrth`},
		{"ga", "áéíóú", `tá an agus ar ní mo is go le na i conas cá cathain cén fáth leat liom do raibh maith agat dia duit féidir ach seo sin bhfuil níl atá mé`},
		{"mt", "àċġħżèìòù", `u ma il li ta' tal fil għal mhux jien kif fejn meta għaliex x'inhu jekk jogħġbok grazzi tiegħi hija huwa dan din biss nista' nistax lil minn
			bonġu kont għandi`},
		{"az", "çəğıöşü", `və bu bir üçün ilə necə harada niyə nə mənim mən siz sizin deyil var yox xahiş edirəm sağ olun salam hələ də bilmirəm olar ki amma həm`},
		{"lb", "äëéèêöü", `ech an de dat ass net mäin mir wéi wou wann firwat datt fir mat vun op eng een hunn hu kann kënnt merci moien wgl dës awer och nach`},
		{"so", "", `waa iyo ma ka ku in aan waxaan sidee xagee goorma maxay fadlan mahadsanid kuma aniga adiga laakiin haa maya waxa tani ayaa`},
		{"ha", "ɓɗƙ", `da na a ta ya ba ne ce yana ina yaya yaushe me don ga wannan kuma amma zan iya nagode sannu allah asusuna ni kai`},
		{"zu", "", `ngi ukuthi kodwa futhi ngicela ngiyabonga sawubona kuphi kanjani nini angikwazi yami wami lami ngoba uma noma kule`},
		{"eo", "ĉĝĥĵŝŭ", `kaj estas la ne mi vi mia via kiel kie kiam kial por ke en de al kun sed aŭ ĉu bonvolu dankon saluton povas tiu ĉi`},
		{"uz", "", `va bu bir uchun bilan qanday qayerda nega nima mening men siz sizning emas bor iltimos rahmat salom hali mumkin lekin ham kerak`},
	},
	unicode.Cyrillic: {
		{"ru", "абвгдежзийклмнопрстуфхцчшщъыьэюяё", `где мой моя моё мои меня мной мог могу можете почему когда каждый раз добрый день здравствуйте пожалуйста хочу всё ещё нужно только после
			изменить поменять сменить отменить сбросить узнать войти получить вернуть можно нужно надо больше работает хотел хотела этом месяце какой`},
		{"uk", "абвгґдежзийклмнопрстуфхцчшщьюяєії", `я і й не в у на що це з та до як де коли чому мій моя моє мої мене мені можу можете чи ви ми є був була було будь ласка дякую добрий день
			змінити скасувати скинути отримати повернути потрібно хочу ще вже для від але якщо за по або він вона цього немає тільки кожного працює`},
		{"be", "абвгдежзйклмнопрстуфхцчшыьэюяёіў", `я і не ў у на што гэта з да як дзе калі чаму мой мая маё мае мяне магу можаце ці вы мы ёсць быў была ласка дзякуй добры дзень хачу яшчэ ўжо
			для ад але за па або яго`},
		{"bg", "абвгдежзийклмнопрстуфхцчшщъьюя", `и не в на че за се си съм е да от с по как къде кога защо ми мога моля можете ли благодаря добър ден здравейте искам още вече но ако или
			този тази това ме сте бе беше има няма само моят моята`},
		{"sr", "абвгдежзиклмнопрстуфхцчшђјљњћџ", `и не у на да је се сам за од са како где када зашто мој моја моје ми могу можете ли молим хвала добар дан здраво желим још већ али ако или
			овај ова ово су нисам има нема само који`},
		{"mk", "абвгдежзиклмнопрстуфхцчшѓѕјљњќџ", `и не во на да е се сум за од со како каде кога зошто мојот мојата моето ми можам можете ли ве молам благодарам добар ден здраво сакам уште
			веќе но ако или овој оваа ова има нема само што го ја`},
		{"kk", "абвгдежзийклмнопрстуфхцчшщъыьэюяёіәғқңөұүһ", `және бұл бір мен менің сіз сіздің қалай қайда қашан неге үшін емес бар жоқ рахмет сәлеметсіз бе өтінемін болады да де керек бірақ алмаймын`},
		{"ky", "абвгдежзийклмнопрстуфхцчшщъыьэюяёңөү", `жана бул бир мен менин сиз сиздин кантип кайда качан эмнеге үчүн эмес бар жок рахмат саламатсызбы болот да керек бирок албайм`},
		{"mn", "абвгдежзийклмнопрстуфхцчшщъыьэюяёөү", `би миний та таны энэ нь байна хаана хэрхэн яаж хэзээ яагаад бол гэж юм уу үгүй баярлалаа сайн ба чадахгүй бас болон надад гуйя`},
		{"tg", "абвгдежзийклмнопрстуфхцчшъэюяёғӣқӯҳҷ", `ва ман дар аз ба ки ин чӣ тавр куҷо кай чаро барои не нест ҳаст лутфан раҳмат салом шумо метавонам`},
	},
	unicode.Arabic: {
		{"ar", "ةىيكأإؤئ", `في من على إلى أن هل لا ما هذا هذه التي الذي كيف أين متى لماذا مع عن لم تم يمكن يمكنني أريد شكرا شكرًا مرحبا مرحبًا السلام عليكم ولا لي كل
			بعد قد كان`},
		{"fa", "پچژگکی", `ما شد شدیم شده` + "\u200c" + `ام بود و دیگر می` + "\u200c" + `شود نمی` + "\u200c" + `شود نمی` + "\u200c" + `توانم می` + "\u200c" + `توانم چه کار در از به که را است این آن با برای من شما چگونه کجا کجاست کی چرا نمی می
			هم یک خود تا لطفا لطفاً ممنون سلام هستم شده ام نیست باید کنم هر`},
		{"ur", "پچژگکیٹڈڑںےھہ", `میں ہے کا کی کے کو نے اور سے پر یہ وہ کیا کہاں کب کیوں کیسے نہیں ہوں ہیں میرا میری اپنا براہ شکریہ سلام آپ گیا سکتا ہو تھا مجھے`},
		{"ps", "پچژګکیټډړښځڅېۍږڼ", `د په او چې نه دی ده زه ما زما تاسو څنګه چیرته کله ولې مننه سلام سره له ته هم یو`},
		{"ckb", "پچژگکیڕڵۆێەھڤ", `لە بە و کە ئەم من بۆ نا نییە چۆن کوێ کەی بۆچی سوپاس تکایە سڵاو هەیە لەگەڵ دەتوانم`},
	},
	unicode.Devanagari: {
		{"hi", "", `है हैं में का की के को से और पर यह वह क्या कहाँ कहां कब क्यों कैसे नहीं मैं मेरा मेरी अपना हूँ हूं कृपया धन्यवाद नमस्ते आप कर भी एक हो था
			रहा मुझे`},
		{"mr", "ळ", `आहे आहेत मध्ये चा ची चे ला आणि वर हे ते काय कुठे कधी का कसे कसा नाही मी माझा माझी माझे कृपया धन्यवाद नमस्कार तुम्ही करू पण एक होते मला`},
		{"ne", "", `छ छन् मा को का की लाई र बाट यो त्यो के कहाँ कहिले किन कसरी छैन म मेरो मैले कृपया धन्यवाद नमस्ते तपाईं गर्न पनि एक हो भयो गर्नुहोस्`},
	},
	unicode.Hebrew: {
		{"he", "", `את של לא אני איך איפה על עם זה שלי לי מה אפשר כדי גם אין יש תודה שלום הוא היא כל אבל כמה למה ואני`},
		{"yi", "", `איך איז נישט אין און די דער דאס מיר וואס וויפיל פון צו א ניט מיין וועגן`},
	},
	unicode.Bengali: {
		{"bn", "", `আমি আমার এবং কি কোথায় না এই করে হয় আছে কিভাবে কেন ধন্যবাদ আপনি একটি পারি`},
		{"as", "ৰৱ", `মই মোৰ আৰু কি ক'ত নাই এই আছে কেনেকৈ কিয় ধন্যবাদ আপুনি এটা`},
	},
}

// alone lists the scripts that name their language.
var alone = []struct {
	script *unicode.RangeTable
	lang   string
}{
	{unicode.Greek, "el"}, {unicode.Thai, "th"}, {unicode.Georgian, "ka"}, {unicode.Armenian, "hy"}, {unicode.Tamil, "ta"},
	{unicode.Telugu, "te"}, {unicode.Kannada, "kn"}, {unicode.Malayalam, "ml"}, {unicode.Gujarati, "gu"}, {unicode.Gurmukhi, "pa"},
	{unicode.Oriya, "or"}, {unicode.Sinhala, "si"}, {unicode.Khmer, "km"}, {unicode.Lao, "lo"}, {unicode.Myanmar, "my"},
	{unicode.Ethiopic, "am"}, {unicode.Tibetan, "bo"}, {unicode.Thaana, "dv"},
	{unicode.Hangul, "ko"}, {unicode.Hiragana, "ja"}, {unicode.Katakana, "ja"}, {unicode.Han, "zh"},
}

// ballot is a script's voters, made ready: for each word the languages that have it.
type ballot struct {
	langs   []string
	letters []map[rune]bool // of each language, beyond those of all
	special map[rune]bool   // letters that not all have
	words   map[string][]int
}

var ballots = func() map[*unicode.RangeTable]*ballot {
	out := map[*unicode.RangeTable]*ballot{}
	for script, list := range voters {
		b := &ballot{special: map[rune]bool{}, words: map[string][]int{}}
		for i, v := range list {
			b.langs = append(b.langs, v.lang)
			have := map[rune]bool{}
			for _, r := range v.letters {
				have[r], b.special[r] = true, true
			}
			b.letters = append(b.letters, have)
			words := WordSet(v.words)
			for w := range WordSet(matters[v.lang]) {
				words[w] = true
			}
			if t := tongues[v.lang]; t != nil {
				for w := range t.stop {
					words[w] = true
				}
				for w := range t.quiet {
					words[w] = true
				}
			}
			for w := range words {
				w = strings.TrimSpace(w)
				b.words[w] = append(b.words[w], i)
			}
		}
		out[script] = b
	}
	return out
}()
