package text

// politeness is how one language thanks, greets, agrees and asks for haste, each as
// single words, and the words that stand between them. A word stands in the first
// list that has it. What names a thing, denies or objects ("but", "not", "still",
// "invoice") stands in none of them: a message that has one says more than courtesy.
type politeness struct{ lang, thanks, greets, agrees, nudges, between string }

var polite = []politeness{
	{"en", "thanks thank thankyou thx thnx thanx tks tnx ty tysm cheers appreciated appreciate appreciation grateful gratitude kudos best lifesaver legend hero rock rocks",
		"hi hello hey hiya heya howdy greetings morning afternoon evening helo hallo",
		"ok okay okey okie k kk good great perfect super awesome cool nice wonderful excellent brilliant works worked working solved fixed resolved understood got helped helps lovely amazing fantastic sorted noted fine splendid superb gotcha helpful trick finally close closed",
		"news update updates anyone anybody somebody someone ping bump waiting wait hurry reminder urgent urgently asap please pls plz respond",
		`you your yours u so much very a lot lots again for the help helping reply replies answer answers answering response responses support quick quickly fast prompt promptly swift speedy info information
		 assistance service time effort efforts advice explanation it its that thats this these all and now is was are am im me my us we i ill will do did have had has nice good day weekend one night week too bye goodbye
		 best regards kind in advance really many million tons bunch ever such to be been of from take care there team guys folks everyone sir madam dear mr mrs ms dr just wanted say want
		 indeed perfectly right away as well also with up here on any some yet soon hear heard looking into everything truth greatly highly truly extremely amazingly most
		 youre star guy guys angel can may ticket case happy glad hope see try check tried exactly what needed patience understanding sharing letting know later always rock rocks yeah enjoy wish wishes sincerely yours`},
	{"de", "danke dank dankeschön dankeschoen dankeschon bedanke merci vergelts",
		"hallo hi hey moin servus grüezi gruezi tag guten guter morgen abend liebe lieber sehr geehrte geehrter gruß grüße grüß tach",
		"ok okay super toll perfekt klasse prima passt klappt geklappt funktioniert gelöst erledigt verstanden alles klar wunderbar ausgezeichnet großartig spitze geholfen behoben läuft gerne genial bestens hervorragend",
		"neuigkeiten news neues update jemand bitte warte eilig dringend erinnerung rückmeldung schon melden",
		`vielen vielmals schön sehr dir ihnen euch für ihre deine eure die das der den es ist war hat jetzt nun und auch nochmal nochmals noch mal wieder herzlichen herzliche herzlich tausend lieben besten hilfe antwort
		 schnelle schnellen rasche raschen prompte super unterstützung info infos information auskunft mühe support rückmeldung erklärung ich wir mir uns mich damit so alles schönen schönes schöne guten gute tag abend wochenende woche
		 noch einen ein eine tschüss ciao mit freundlichen freundliche viele im voraus voraus team herr frau zusammen da ist hier gibt dass zu von bei probiere versuche werde ausprobieren wünsche wünschen ihr sie du hab habe haben bin sind
		 tolle tollen nette netten freundlichen super wirklich echt ganz gleich seit`},
	{"fr", "merci mercis remercie remercions remerciements mrc thx",
		"bonjour bonsoir salut coucou hello cher chère allô allo rebonjour",
		"ok okay d'accord daccord parfait super génial nickel impeccable top marche fonctionne résolu réglé compris entendu excellent formidable noté bravo cool bien",
		"nouvelles nouveau quelqu'un quelquun personne svp stp s'il sil plaît relance urgent rapidement attends vite",
		`beaucoup mille encore infiniment énormément pour de du des la le les l votre vos ton ta tes vous te toi aide réponse réponses rapide rapidité retour réactivité soutien explication explications info infos information informations
		 à a et c'est cest ça ca maintenant très tout tous toute bonne bon belle journée soirée weekend week end fin semaine après midi au aux revoir cordialement bien d'avance davance avance madame monsieur mesdames messieurs
		 équipe un une grand grands sincèrement vraiment je nous j'ai jai me m il y y'a des est y-a-t-il t il là y vais essayer bientôt plus efficacité gentillesse service votre`},
	{"es", "gracias agradezco agradecido agradecida agradecidos agradecemos grax",
		"hola buenas buenos buen saludos estimado estimada estimados aló ola qué tal",
		"ok okay vale encontré encontrado listo cerrar vale perfecto perfecta genial estupendo excelente fantástico funciona funcionó funcionado resuelto solucionado entendido listo bien súper maravilloso bueno acuerdo claro recibido correcto",
		"novedades novedad noticias alguien favor urgente espero esperando respuesta porfa porfavor pronto",
		`muchas muchísimas mil muy por su tu la el lo las los le les te os usted ustedes ayuda respuesta rápida rapidez atención información info soporte apoyo tiempo explicación y de nuevo otra vez ya ahora todo me nos a con en un una está esta eso
		 es así días día tardes noches noche tarde adiós chao hasta luego que tenga tengan tengas linda lindo buen fin semana cordial cordiales atentamente antemano equipo señor señora sr sra hay ahí aquí sigo pronta amabilidad gran servicio excelente
		 ha han he hay alguna algún quedo tan tal voy probar saludo abrazo feliz`},
	{"it", "grazie ringrazio ringraziamo ringraziamenti ringraziandovi",
		"ciao salve buongiorno buonasera buon buona gentile gentili hey ehi pronto",
		"ok okay va perfetto ottimo bene benissimo fantastico funziona funzionato risolto capito ricevuto eccellente super meraviglioso magnifico chiaro d'accordo daccordo",
		"novità notizie qualcuno urgente favore piacere cortesia attesa sollecito aggiornamenti",
		`mille molte tante infinite infinitamente molto tanto per la il lo le gli l tua vostra sua aiuto l'aiuto laiuto risposta rapida veloce celere supporto assistenza pazienza disponibilità disponibile informazioni info e è ora adesso tutto ancora di
		 nuovo a te voi lei ti vi anticipo in anticipatamente saluti cordiali distinti giornata serata fine settimana weekend arrivederci presto signor signora team ha ho hai mi ci c'è ce qualche ci sono sono davvero veramente proprio così che
		 gentilissimi gentilissimo gentilezza tempestiva un una buon lavoro provo subito da sempre siete stati`},
	{"pt", "obrigado obrigada obrigados obg agradeço agradecido agradecida agradecemos valeu brigado brigada grato grata",
		"olá ola oi bom boa prezado prezada prezados caro cara alô",
		"ok okay perfeito ótimo excelente maravilha funciona funcionou resolvido resolveu entendido entendi beleza certo legal show fantástico recebido combinado perfeita",
		"novidades novidade notícias alguém favor urgente aguardo aguardando retorno",
		`muito muita muitas mil por pela pelo a o as os sua tua seu vossa ajuda resposta rápida rapidez apoio suporte atenção informação informações info explicação e de novo agora já tudo me nos está isso é foi dia tarde noite tardes noites
		 tchau até logo mais breve semana fim cumprimentos atenciosamente cordialmente abraço abs desde antecipadamente equipe equipa senhor senhora sr sra tem aí aqui da do pelo vocês você te lhe excelente atendimento um uma ótima bem tão vou tentar
		 testar tenha tenham bom`},
	{"nl", "bedankt dank dankjewel dankuwel dankje dankzij merci",
		"hallo hoi hi hey goedemorgen goedemiddag goedenavond goedendag dag beste geachte",
		"ok oké okay top prima perfect super fijn mooi duidelijk werkt gewerkt opgelost begrepen geweldig fantastisch gelukt helder akkoord uitstekend goed gevonden toppie",
		"nieuws update iemand alstublieft aub svp dringend spoed herinnering wacht reactie",
		`je jij jullie u wel heel erg veel voor het de een hartelijk hartstikke nogmaals alvast vriendelijk hulp antwoord snelle snel reactie ondersteuning info informatie uitleg moeite en nu is was dit dat alles weer mij ons me ik we wij ook
		 prettige fijne dag avond weekend week nog groet groeten met vriendelijke doei tot ziens meneer mevrouw team daar er al ga proberen van zo uw `},
	{"sv", "tack tackar tacksam tackolov", "hej hejsan hallå tjena god goddag morgon morgonen kväll bästa tja",
		"ok okej perfekt toppen super bra utmärkt fungerar funkar löst löste förstår uppfattat jättebra underbart härligt klart kanon grymt suveränt fint",
		"nyheter uppdatering någon snälla vänligen brådskande påminnelse väntar",
		`så mycket väldigt hjärtligt varmt tusen för din er ert hjälpen hjälp svar svaret snabba snabbt det den de och nu är var allt igen dig er på förhand ha en trevlig fin bra dag kväll helg vecka hälsningar vänliga med mvh supporten info
		 informationen förklaringen som jag vi mig oss ska prova testa alla där här hos allihopa stort`},
	{"da", "tak takker mange", "hej hejsa goddag davs godmorgen god hallo kære",
		"ok okay perfekt super fint godt fedt virker virkede løst forstået dejligt fantastisk modtaget alright skønt",
		"nyt nyheder opdatering nogen venligst haster rykker venter",
		`så meget tusind for din jeres hjælpen hjælp svar svaret hurtige hurtigt det den de og nu er var alt igen dig på forhånd hav en god dag aften weekend uge hilsen venlig venlige med mvh information jeg vi mig os prøver der her info supporten
		 forklaringen mange fortsat alle sammen`},
	{"no", "takk takker tusen", "hei heisann hallo god goddag morgen kveld kjære hei",
		"ok okei perfekt supert super flott fint bra topp kjempebra fungerer fungerte løst forstått utmerket herlig mottatt kult",
		"nytt nyheter oppdatering noen vennligst haster purring venter",
		`så mye veldig mange hjertelig for din deres hjelpen hjelp svar svaret raske raskt det den de og nå er var alt igjen deg dere på forhånd ha en fin god dag kveld helg uke hilsen vennlig med mvh informasjon jeg vi meg oss skal prøve der her
		 info forklaringen alle sammen`},
	{"fi", "kiitos kiitokset kiitoksia kiitän kiitti kiitoksin", "hei moi terve moikka huomenta päivää iltaa hyvää heippa hyvä",
		"ok okei selvä hienoa hyvin mahtavaa loistavaa toimii toimi ratkesi ymmärrän erinomaista kunnossa täydellistä super upeaa jes",
		"uutisia uutta kukaan ketään kiireellinen odotan muistutus pyydän",
		`paljon todella erittäin suuri suuret valtavasti teille sinulle nopeasta nopea vastauksesta vastaus avusta apu ja nyt se tämä on oli kaikki taas vielä etukäteen jo päivän päivää illan viikonloppua mukavaa jatkot hyvää ystävällisin terveisin
		 terveisiä t minä me ohjeista tiedosta avusta tuesta kokeilen onko siellä`},
	{"is", "takk takkar þakka þakkir þökk", "halló hæ góðan daginn sæl sæll blessuð gott", "ok allt lagi frábært flott virkar leyst skil gott snilld",
		"fréttir einhver vinsamlegast brýnt",
		"þér ykkur kærlega fyrir hjálpina aðstoðina svarið skjótt skjót svör það og er nú var kvöld dag dagur kveðja með aftur mikið kær innilega"},
	{"pl", "dziękuję dziekuje dziękuje dziękujemy dzięki dzieki podziękowania wdzięczny wdzięczna dziękówka",
		"cześć czesc witam witaj hej dzień dobry dobrydzień wieczór szanowni halo siema",
		"ok okej okay super świetnie doskonale działa zadziałało zadziałał rozwiązane rozumiem rozumiemy jasne fajnie znakomicie wspaniale gra zrozumiałem zrozumiałam pomogło gotowe idealnie rewelacja",
		"wieści nowości aktualizacja ktoś proszę prosze pilne pilnie przypomnienie czekam",
		`bardzo serdecznie pięknie wielkie za szybką szybka pomoc odpowiedź wsparcie informację informacje wyjaśnienie i już teraz to wszystko jest było mi nam państwu panu pani z góry jeszcze raz miłego dnia wieczoru weekendu pozdrawiam pozdrowienia
		 poważaniem w porządku tak szybko dobrze dobry dobrego tym tej do widzenia zespół państwa ci wam jeszcze sprawdzę spróbuję wielkie tam jest czy są jakieś`},
	{"cs", "děkuji děkuju dekuji dekuju díky diky dík děkujeme poděkování", "ahoj dobrý den nazdar čau zdravím vážení večer ráno dobré halo",
		"ok okej super skvělé skvěle výborně výborné perfektní funguje vyřešeno rozumím jasné jasně pomohlo hotovo paráda bezva dobře skvělý",
		"novinky někdo prosím naléhavé spěchá čekám upomínka",
		`moc mockrát velice srdečně předem za pomoc odpověď rychlou rychlá podporu informace informaci vysvětlení a už teď to vše všechno je bylo mi nám vám ještě jednou hezký pěkný den večer víkend pozdravem s pozdravy hezké krásný zdar tam je
		 vyzkouším ochotu vaši tu vaší ti všem`},
	{"sk", "ďakujem dakujem ďakujeme vďaka vdaka ďakovať dík díky", "ahoj dobrý deň zdravím čau vážení večer ráno haló",
		"ok okej super skvelé výborne perfektné funguje vyriešené rozumiem jasné pomohlo hotovo paráda dobre skvele",
		"novinky niekto prosím súrne čakám",
		`veľmi pekne krásne srdečne vopred za pomoc odpoveď rýchlu rýchla podporu informácie informáciu vysvetlenie a už teraz to všetko je bolo mi nám vám ešte raz pekný deň večer víkend pozdravom s pozdravy moc tam je vašu ti skúsim ochotu`},
	{"sl", "hvala hvaležen hvaležna zahvaljujem zahvaljujemo", "zdravo pozdravljeni živjo dober dan večer jutro pozdrav halo",
		"ok super odlično deluje rešeno razumem prav lepo krasno urejeno dobro perfektno",
		"novosti novice kdo nekdo prosim nujno čakam",
		`lepa najlepša iskrena zelo za pomoč odgovor hiter hitro podporo informacije in zdaj to vse je bilo vam ti nam še enkrat vnaprej lep dan večer vikend pozdrav s spoštovanjem lepo pojasnilo mi res tam je ali`},
	{"hr", "hvala zahvaljujem zahvaljujemo zahvalan zahvalna fala", "bok zdravo pozdrav dobar dan večer jutro poštovani ćao halo dobro",
		"ok super odlično radi riješeno rešeno razumijem razumem jasno savršeno uspjelo uspelo može sjajno redu izvrsno proradilo",
		"novosti vijesti vesti netko neko molim hitno čekam",
		`puno lijepa lepa vam ti na za pomoć pomoći odgovoru odgovor brz brzom brzo podršku podršci informaciji informacije i sada sad to sve je bilo mi nam još jednom unaprijed unapred lijep ugodan prijatan dan večer vikend pozdravi pozdravom s u
		 veliko veliki od srca mnogo objašnjenje probat ću tamo ima li`},
	{"sr", "хвала захваљујем захваљујемо благодарам", "здраво поздрав добар дан добро јутро вече поштовани ћао здраво",
		"ок супер одлично ради решено разумем јасно савршено успело важи реду",
		"новости вести неко молим хитно чекам",
		"пуно лепо много вам ти на за помоћ помоћи одговору одговор брз брзом брзо подршку и сада то све је било још једном унапред леп пријатан дан вече викенд поздрави у"},
	{"bg", "благодаря благодарим благодарност мерси", "здравейте здравей здрасти добър добро ден вечер утро привет ало уважаеми",
		"ок окей добре супер чудесно отлично страхотно работи решено разбрах ясно перфектно проработи",
		"новини някой моля спешно чакам",
		"много ви ти за помощта отговора бързия бързата бърз съдействието информацията и сега това всичко е беше предварително още веднъж хубав приятен ден вечер уикенд поздрави с уважение от сърце ми ни се има ли там"},
	{"mk", "благодарам фала благодариме", "здраво добар ден добро утро вечер поздрав",
		"ок добро супер одлично работи решено разбирам јасно перфектно", "новости некој ве молам итно чекам",
		"многу ви ти на за помошта одговорот брзиот и сега ова сè е беше однапред уште еднаш убав пријатен ден вечер викенд"},
	{"ro", "mulțumesc multumesc mulțumim mersi mulțumiri mulţumesc merci", "bună buna salut salutare ziua seara dimineața alo stimate stimată",
		"ok okay perfect super excelent grozav minunat funcționează merge mers rezolvat înțeles clar bine bun rezolvată",
		"noutăți vești cineva rog urgent aștept",
		`mult multe foarte frumos mii de pentru ajutor ajutorul răspuns răspunsul rapid rapidă sprijin informații informațiile explicații și acum asta tot toate este a fost mi ne vă v te încă o dată anticipat o zi bună frumoasă seară weekend săptămână
		 cu stimă respect salutări echipă tuturor din suflet la revedere așa e aveți sunt am`},
	{"hu", "köszönöm köszi köszönjük kösz köszönet köszönettel hálás köszike", "szia sziasztok helló üdv üdvözlöm jó napot tisztelt reggelt estét üdvözlet hali",
		"ok oké rendben szuper remek nagyszerű működik megoldódott megoldva értem világos tökéletes kiváló jó sikerült bejött",
		"hír újdonság valaki kérem sürgős sürgősen várom várok",
		`szépen nagyon a az és most ez ezt minden segítséget segítségét gyors választ válaszát válasz támogatást információt információkat még egyszer előre is szép napot estét hétvégét további üdvözlettel tisztelettel kedves mindent mindenkinek
		 magyarázatot ott van volt megpróbálom önöknek nektek neked`},
	{"el", "ευχαριστώ ευχαριστω ευχαριστούμε ευχαριστίες", "γεια γειά καλημέρα καλησπέρα χαίρετε σας σου αγαπητοί χαιρετώ",
		"οκ ok εντάξει ενταξει τέλεια τελεια υπέροχα λειτουργεί δουλεύει λύθηκε κατάλαβα άψογα ωραία μια χαρά δούλεψε",
		"νέα νεότερα κάποιος παρακαλώ επείγον περιμένω",
		"πολύ πολυ για την τη το τον τις τα βοήθεια απάντηση άμεση γρήγορη υποστήριξη εξυπηρέτηση ενημέρωση και τώρα όλα αυτό είναι ήταν μου μας εκ των προτέρων ξανά καλή μέρα συνέχεια βράδυ με εκτίμηση χαιρετισμούς εσάς σε όλους"},
	{"tr", "teşekkürler tesekkurler teşekkür teşekkürlerimle sağolun sağol sagol sağ eyvallah minnettarım", "merhaba merhabalar selam selamlar günaydın iyi alo sayın",
		"ok tamam tamamdır süper harika mükemmel çalışıyor çalıştı oldu çözüldü anladım anlaşıldı güzel halloldu şahane peki",
		"haber gelişme kimse lütfen acil bekliyorum",
		`çok ederim ederiz için yardım yardımınız yardımınıza yardımlarınız yanıt yanıtınız cevap cevabınız hızlı destek desteğiniz bilgi bilgilendirme ve şimdi her şey şimdiden tekrar günler akşamlar geceler hafta sonu çalışmalar saygılar saygılarımla
		 olun ol bey hanım ilginiz ilginize size var mı orada bir gün dönüş dönüşünüz`},
	{"ru", "спасибо спс благодарю благодарим пасиб спасибочки благодарность признателен признательна", "здравствуйте здравствуй привет добрый доброе день вечер утро доброго дня суток приветствую алло уважаемые",
		"ок окей хорошо отлично супер прекрасно замечательно работает заработало решено понял поняла понятно ясно класс помогло здорово получилось принято идеально великолепно",
		"новости новостей кто нибудь кто-нибудь пожалуйста срочно жду напоминаю",
		`большое огромное вам тебе за помощь ответ быстрый оперативный оперативность поддержку информацию разъяснение и теперь сейчас это все всё очень мне нам ещё еще раз заранее хорошего удачного дня вечера выходных с уважением до свидания всего
		 доброго вас так быстро уже было ваш вашу есть тут там попробую ли команде команда разъяснения консультацию от души`},
	{"uk", "дякую дякуємо дяка спасибі вдячний вдячна подяка", "вітаю привіт добрий доброго день дня вечір ранку ранок здравствуйте доброго шановні",
		"ок окей добре чудово супер відмінно працює запрацювало вирішено зрозумів зрозуміла зрозуміло ясно прекрасно допомогло клас",
		"новини хтось будь ласка терміново чекаю",
		"велике щиро дуже вам тобі за допомогу відповідь швидку підтримку інформацію пояснення і й та тепер це все мені нам ще раз заздалегідь гарного дня вечора вихідних з повагою до побачення вже було вашу є тут там чи від душі"},
	{"be", "дзякуй дзякую дзякуем", "прывітанне вітаю добры дзень вечар раніца", "ок добра выдатна працуе зразумела супер цудоўна", "навіны хтосьці калі ласка тэрмінова",
		"вялікі вам за дапамогу адказ хуткі і цяпер усё гэта шчыра"},
	{"lt", "ačiū aciu dėkoju dekoju dėkui dėkojame", "labas sveiki sveikas laba diena labas vakaras rytas",
		"ok gerai puiku super puikiai veikia išspręsta supratau aišku nuostabu tobula tvarkoj tvarka", "naujienų kas prašau prašom skubu laukiu",
		"labai jums tau už pagalbą atsakymą greitą informaciją ir dabar viskas tai yra buvo iš anksto dar kartą geros dienos vakaro savaitgalio pagarbiai linkėjimai nors"},
	{"lv", "paldies pateicos pateicamies pateicība", "sveiki labdien čau labrīt labvakar sveicināti", "ok labi lieliski super strādā atrisināts sapratu skaidrs kārtībā perfekti izdevās", "jaunumi kāds lūdzu steidzami gaidu",
		"liels lielu jums tev par palīdzību atbildi ātru ātro informāciju un tagad viss tas ir bija jau iepriekš vēlreiz jauku dienu vakaru ar cieņu visu labu ļoti"},
	{"et", "aitäh tänu tänan täname tänud aitähh suurimad", "tere hei tervist hommikust päevast õhtust", "ok selge suurepärane super töötab toimib lahendatud sain arusaadav korras hästi ideaalne väga", "uudiseid keegi palun kiire ootan",
		"suur suured teile sulle abi eest vastuse kiire info ja nüüd kõik see on oli ette veel kord ilusat head päeva õhtut nädalavahetust lugupidamisega parimat tervitades"},
	{"ca", "gràcies agraeixo agraïm mercès", "hola bon bona dia tarda nit benvolguts", "ok d'acord dacord perfecte genial fantàstic funciona resolt entès bé molt", "novetats algú plau urgent sisplau espero",
		"moltes per la el ajuda l'ajuda resposta ràpida suport i ara tot això us em és de nou dia tarda cap setmana salutacions bon una vostra teva"},
	{"gl", "grazas agradezo", "ola bos bo boas días tardes", "ok vale perfecto xenial funciona resolto", "novidades alguén favor", "moitas mil pola axuda resposta a o e agora todo moi"},
	{"eu", "eskerrik esker mila eskertzen", "kaixo egun on arratsalde gabon", "ok ados ondo primeran konponduta badabil", "albisterik norbait mesedez", "asko aldez aurretik laguntzagatik erantzunagatik zure eta orain dena oso"},
	{"ga", "raibh maith agaibh agat", "dia duit haigh", "ok togha", "éigin", "go míle as ucht bhur do chabhair"},
	{"cy", "diolch diolchgar", "helo shwmae bore da", "iawn gwych ok", "rhywun", "yn fawr iawn am eich help o galon i chi"},
	{"sq", "faleminderit falemnderit flm", "përshëndetje tungjatjeta mirëdita", "ok mirë shkëlqyeshëm funksionon u zgjidh në rregull", "dikush lutem urgjent", "shumë për ndihmën përgjigjen e shpejtë dhe tani gjithçka ju juve paraprakisht ditë të"},
	{"he", "תודה תודות מודה מודים", "שלום היי הי בוקר ערב טוב אהלן צהריים", "אוקיי אוקי בסדר מעולה מצוין נהדר עובד נפתר הבנתי סבבה מושלם אחלה עזר טוב", "חדש מישהו בבקשה דחוף מחכה ממתין עדכון",
		"רבה רב לך לכם על העזרה התשובה המהירה מהירה המענה המהיר תמיכה התמיכה ועכשיו הכל זה עוד פעם מראש יום נעים טוב שיהיה המשך ערב שבת מאוד ממש לכולם שוב יש"},
	{"ar", "شكرا شكرًا شكراً أشكرك أشكركم مشكور مشكورين الشكر تسلم اشكركم اشكرك", "مرحبا مرحبًا السلام عليكم أهلا اهلا صباح مساء الخير ورحمة الله وبركاته تحية", "حسنا تمام ممتاز رائع يعمل اشتغل حل الحل فهمت جيد طيب تم",
		"جديد أحد فضلك عاجل أنتظر انتظر رجاء الرجاء مستعجل", "جزيلا جزيلًا لك لكم على مساعدتك مساعدتكم المساعدة الرد ردكم السريع سرعة الدعم المعلومات و الآن كل شيء هذا مقدما من كثيرا جدا الف ألف بارك فيك فيكم يومك سعيد يوم وشكرا هل هناك يوجد مع يا"},
	{"fa", "ممنون ممنونم متشکرم مرسی تشکر سپاس سپاسگزارم سپاسگزار متشکر", "سلام درود وقت بخیر صبح روز", "باشه عالی خوب اوکی حل درست شد فهمیدم", "خبری کسی لطفا لطفاً فوری منتظرم",
		"خیلی بسیار از شما بابت کمک کمکتون کمکتان پاسخ پاسخگویی سریع راهنمایی و حالا همه چیز این است بود پیشاپیش خوش خوبی داشته باشید را تون"},
	{"ur", "شکریہ شکرگزار مہربانی", "سلام السلام علیکم ہیلو", "ٹھیک اچھا زبردست", "کوئی براہ", "بہت آپ کا کی کے مدد جواب لیے ہے"},
	{"hi", "धन्यवाद शुक्रिया आभार आभारी थैंक्स थैंक्यू dhanyavaad shukriya", "नमस्ते नमस्कार हैलो हाय namaste", "ठीक अच्छा बढ़िया बहुत समझ गया गई हो सही ओके शानदार", "कोई कृपया जल्दी",
		"आपका आपकी आपके का की के को बहुत मदद सहायता जवाब उत्तर लिए है हैं से और अब सब यह था त्वरित मैं दिन शुभ जी एक बार फिर"},
	{"bn", "ধন্যবাদ কৃতজ্ঞ", "হ্যালো নমস্কার আসসালামু আলাইকুম", "ঠিক আছে ভালো দারুণ হয়েছে", "কেউ অনুগ্রহ করে দয়া", "আপনাকে অনেক অসংখ্য সাহায্যের জন্য উত্তরের দ্রুত এবং এখন সব খুব"},
	{"ta", "நன்றி", "வணக்கம்", "சரி", "", "மிக்க மிகவும் உங்கள் உதவிக்கு"},
	{"id", "terima makasih trims terimakasih thx", "halo hai selamat pagi siang sore malam assalamualaikum", "ok oke baik siap sip bagus mantap berhasil bisa beres mengerti paham solved sempurna", "kabar update ada seseorang tolong mohon segera menunggu",
		"kasih banyak atas untuk bantuan bantuannya jawaban jawabannya respon responnya cepat yang informasinya infonya dan sekarang sudah semua ini itu saya kami sebelumnya sekali lagi ya pak bu kak min sangat membantu semoga hari sama"},
	{"ms", "terima tq", "hai selamat salam", "ok baik bagus berjaya faham", "sesiapa tolong", "kasih banyak atas bantuan jawapan pantas anda dan sekarang semua ini encik puan sangat"},
	{"tl", "salamat", "kumusta kamusta magandang", "ok sige ayos gumagana", "pakiusap", "maraming po sa tulong inyo umaga araw gabi na"},
	{"vi", "cảm ơn cám", "chào xin alo", "ok được rồi tốt tuyệt vời hiểu hay", "ai tin gấp", "nhiều rất bạn anh chị các vì đã về sự giúp đỡ hỗ trợ trả lời phản hồi nhanh chóng nha nhé ạ em mình trước lắm chúc một ngày lành và bây giờ"},
	{"sw", "asante shukrani", "habari jambo hujambo", "sawa vizuri", "tafadhali", "sana kwa msaada wako jibu"},
	{"af", "dankie", "hallo goeie môre", "ok goed reg werk perfek", "iemand asseblief", "baie vir die jou julle u hulp antwoord vinnige en nou alles"},
	{"az", "təşəkkür təşəkkürlər sağolun sağ", "salam", "oldu əla yaxşı işləyir", "kimsə zəhmət", "edirəm edirik çox olun köməyiniz üçün cavab və indi hər şey"},
	{"kk", "рахмет рақмет", "сәлем сәлеметсіз", "жарайды керемет", "", "көп сізге үшін көмегіңізге"},
	{"ka", "მადლობა გმადლობთ", "გამარჯობა", "კარგი გასაგებია", "ვინმე", "დიდი ძალიან დახმარებისთვის პასუხისთვის თქვენ"},
	{"hy", "շնորհակալություն շնորհակալ մերսի", "բարև ողջույն", "լավ պարզ", "", "շատ մեծ օգնության համար եմ ձեզ"},
	{"ko", "감사합니다 감사해요 감사드립니다 고맙습니다 고마워요 고마워 감사 땡큐 감사드려요", "안녕하세요 안녕 여보세요 안녕하십니까", "네 넵 알겠습니다 확인했습니다 해결됐습니다 해결되었습니다 됐어요 됩니다 좋아요 오케이 해결했습니다 됐습니다 잘되네요", "누구 급해요 급합니다 부탁드립니다 기다리고",
		"정말 너무 대단히 매우 도움 도와주셔서 답변 빠른 친절한 덕분에 주셔서 답변에 지원에 이제 잘 다 좋은 하루 되세요 보내세요 수고하세요 수고하셨습니다 미리 진심으로 다시 한번 계세요 계신가요 있나요"},
}

// spaceless are the courtesies of languages without spaces between words, longest
// first where one begins another.
var spaceless = []politeness{
	{"ja", "ありがとうございました ありがとうございます ありがとう 有難うございます 有難う 感謝します 感謝いたします 感謝 助かりました 助かります どうも サンキュー 御礼申し上げます お礼申し上げます",
		"こんにちは こんばんは おはようございます おはよう はじめまして お世話になっております お世話になります いつもお世話になっております もしもし すみません",
		"了解しました 了解いたしました 了解です 了解 承知しました 承知いたしました わかりました 分かりました 解決しました 解決いたしました できました 動きました 大丈夫です 問題ありません 問題ないです 確認しました オッケー OK",
		"よろしくお願いします よろしくお願いいたします 宜しくお願いします 宜しくお願いいたします お願いします お願いいたします 誰かいますか いかがでしょうか どうなりましたか 至急 まだですか",
		"本当に 大変 とても 誠に 早速の 迅速な 素早い ご丁寧に ご対応 ご回答 ご返信 ご連絡 ご説明 ご教示 ご支援 サポート 返信 回答 対応 いただき 頂き くださり くれて して を に て で の は が も ね よ おかげで おかげさまで お陰様で 無事に 無事 すぐに 助けて また 今後とも いろいろと 色々 はい です ました した 取り急ぎ まで 様"},
	{"zh", "非常感谢 十分感谢 万分感谢 多谢 谢谢 謝謝 感谢 感謝 谢了 谢啦 辛苦了 辛苦 太感谢 麻烦你们了 麻烦您了 thanks",
		"你们好 你好 您好 早上好 下午好 晚上好 哈喽 嗨",
		"没问题了 没问题 可以了 好的 好了 解决了 解決了 已解决 已經解決 明白了 明白 知道了 收到 了解 行 搞定了 搞定 太好了 棒 很好 完美 成功了 好",
		"在吗 有人吗 請問有人嗎 在嗎 有人嗎 有消息吗 有进展吗 有回复吗 尽快 急 麻烦 请问 催一下 快点 等待回复",
		"你们 您 你 的 了 啦 啊 呀 哦 吧 们 帮助 帮忙 协助 回复 回覆 回答 解答 支持 快速 及时 这么 非常 太 很 对 为 我 已经 现在 都 大家 客服 耐心 给 力 祝 工作顺利 生活愉快 愉快 再见 再次 真 一切 先 预先 哈 哈哈"},
	{"th", "ขอบคุณ ขอบใจ ขอขอบคุณ ขอบพระคุณ", "สวัสดี หวัดดี", "โอเค ตกลง เข้าใจแล้ว ได้แล้ว ใช้ได้แล้ว เรียบร้อย ดีมาก เยี่ยม รับทราบ", "มีใครอยู่ไหม ด่วน กรุณา รบกวน",
		"มากๆ มาก ครับผม ครับ ค่ะ คะ นะ จ้า สำหรับ ความ ช่วยเหลือ คำตอบ การ ตอบกลับ ที่ รวดเร็ว เร็ว แล้ว ล่วงหน้า ทีม งาน คุณ ตอนนี้ ทุก อย่าง ๆ"},
	{"km", "អរគុណ", "សួស្តី ជំរាបសួរ", "យល់ព្រម", "", "ច្រើន បាទ ចាស"},
	{"my", "ကျေးဇူးတင်ပါတယ် ကျေးဇူး", "မင်္ဂလာပါ", "", "", "အများကြီး ပါ"},
	{"lo", "ຂອບໃຈ", "ສະບາຍດີ", "", "", "ຫຼາຍໆ ຫຼາຍ"},
}
