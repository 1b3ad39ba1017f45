package demand

import (
	"strings"
)

// slot is a place in a demand that a word can fill.
type slot uint32

const (
	hand     slot = 1 << iota // hand over
	maybe                     // of hand: may be a noun
	secrets                   // what is handed over
	about                     // behind a secret: then something else is meant ("password link")
	to                        // who gets it
	never                     // denies or warns
	others                    // before a verb: not the reader does it
	article                   // nouns have it before them
	anywhere                  // of to: also before the verb
	fresh                     // before a secret: one that nobody has yet
	ours                      // those whom drafts are for, as their writers speak of them
	speak                     // of write: to somebody
	weak                      // of reply: honest pages speak of it too
	shy                       // of robot: honest pages speak of it too
	reads                     // what a robot does with the page
	aside                     // set aside
	told                      // what machines were told
	before                    // which of it
	modes                     // of machines
	on                        // switched on
	only                      // said to machines alone
	write                     // write, say, show
	reply                     // what is written to customers
	robot                     // a machine that reads
	must                      // somebody has to
	opens                     // a clause
)

// words fill slots; * stands for up to three letters more. One list for all languages:
// every demand needs several slots, and languages do not fill one another's by chance.
var words = map[slot]string{
	hand: `allow grant send sends sending forward tell reveal disclose dictate whatsapp give provide submit supply hand    share   include  attach  
		schicken schicke schick schickt senden sende sendet sagen sage teilen teile nennen nenne geben gib gebt übermitteln übermittle mailen maile verraten weiterleiten   
		envía envíe envíen envie enviar envíanos envíenos envíame mándanos mándame manda mande mandar dinos díganos dime comparte comparta compartir proporcione proporciona facilita facilite indícanos indíquenos  
		envoyez envoie envoyer transmettez transmets transmettre communiquez communique communiquer donnez donne donner dites partagez partage fournissez fournir indiquez 
		invia inviate inviare inviaci inviateci mandaci mandateci comunicaci comunica comunicate comunicare fornisci fornire condividi condividete dicci dateci 
		stuur stuurt sturen geef geeft geven vertel deel verstrek mail
		envie envia enviar mande mandar informe diga diga-nos forneça fornecer compartilhe partilhe  
		skicka skickar ange berätta dela uppge lämna maila sms:a 
		send sende oplys fortæl del giv 
		oppgi fortell gi 
		lähetä lähettäkää kerro kertokaa anna antakaa jaa ilmoita 
		küldje küldd küldjön adja add mondja mondd ossza közölje írja
		trimite trimiteți trimiteti comunică comunicați spuneți oferă oferiți 
		отправ* пришл* вышл* сообщ* назов* продикту* дайте переда* укаж* скинь* скажите 
		gönder* ilet* söyle* paylaş* bildir*  verin yaz yazın
		wyślij wyślijcie prześlij podaj podajcie przekaż udostępnij powiedz napisz  `,
	hand | to | anywhere: `reply respond antworten antworte responda responde répondez rispondi svara svar vastaa răspundeți ответьте odpowiedz`,
	hand | maybe:         `email e-mail mail text message dm post`,
	secrets: `password* passwd passphrase passcode credentials cvv cvv2 cvc cvc2 otp totp mnemonic ssn pin  
		passwort passworts passwörter passwortes kennwort kennworts kennwörter zugangsdaten kreditkartennummer kartennummer prüfziffer prüfnummer tan tans bestätigungscode sicherheitscode einmalcode geheimzahl anmeldedaten logindaten wiederherstellungsphrase
		contraseña* 
		passe identifiants cryptogramme
		wachtwoord* beveiligingscode inloggegevens verificatiecode pincode creditcardnummer kaartnummer toegangscode
		senha* palavra-passe credenciais
		lösenord* kortnummer säkerhetskod engångskod verifieringskod bekräftelsekod inloggningsuppgifter pinkod
		adgangskode* kodeord* passord* kortnummer engangskode sikkerhetskode sikkerhedskode bekreftelseskode bekræftelseskode
		salasana* tunnusluku* tunnusluvu* vahvistuskoodi* kertakäyttökoodi* turvakoodi* kortin
		jelszav* jelszó* kártyaszám* pin-kód* bankkártya* biztonsági
		parol* пароль пароля пароли паролем cvc-код пин-код смс-код
		 şifre* 
		hasło hasła hasłem haseł parola parolă parolanızı parolanı şifreniz* şifrenizi`,
	about: `reset* link* manager* policy policies field* hint* protection settings setting change* page* email* requirement* rule* recovery prompt* generator instructions box length file* expir* option* button screen
		protected complexity strength history feature section tab form* dialog notification* error* problem* issue* question* zurücksetzen`,
	to: `us me him her them support helpdesk agent* technician* technicians representative* representatives advisor* specialist* operator* staff telegram whatsapp chat colleague* employee* hotline
		uns mir supportteam kundendienst kundenservice techniker* mitarbeiter* berater* beraterin support-team
		nosotros técnico* agente* asesor* soporte nous moi technicien* conseiller* assistance
		noi tecnico operatore assistenza ons mij helpdeskmedewerker medewerker* klantenservice
		nos mim técnico* atendente* suporte oss mig kundtjänst tekniker* handläggare
		os kundeservice medarbejder* meg kundestøtte nouă mie operatorul* tehnician* asistență
		нам мне оператор* сотрудник* специалист* поддержк* nam mi konsultant* pracownik* obsłu* technik* nós`,
	to | anywhere: `meille minulle asiakaspalvelu* tukeen nekünk nekem ügyfélszolgálat* munkatárs* részünkre bize bana temsilci* temsilcim* envíanos envíenos mándanos díganos dinos envíame mándame dime
		indícanos indíquenos inviaci inviateci mandaci mandateci comunicaci dicci dateci diga-nos`,
	fresh: `new another   neues neuer neuen nouveau nouvel nueva nuevo nuova nuovo nieuw nieuwe novo nova nytt ny uusi új nou новый yeni nowy nowe `,
	never: `never don dont don't don’t not cannot can't avoid nobody won't wouldn't shouldn't mustn't without unless scam* phish* fraud* suspicious asks asked asking nor beware instead refuse
		nie niemals nicht keine kein keinesfalls vermeiden
		nunca jamás no evite jamais ne pas aucun mai non nooit niet geen nunca jamais não aldrig inte ikke älä älkää koskaan soha ne sohasem niciodată nu никогда не нельзя asla hiçbir nigdy`,
	others: `we nous nosotros noi nós they he she it someone anyone attacker* scammer* fraudster* hacker* system service server app we'll
		wir er jemand angreifer* betrüger* ils elle quelqu alguien ellos qualcuno wij iemand vi mi biz мы они my ktoś oni`,
	article: `your the a an this that my our their its his her any each by via in per of with and or new old work valid business another same this other
		ihre ihr ihren deine dein die der das per`,
	aside: `ignore disregard forget override overrule bypass skip abandon overriding regardless ignoring disregarding
		ignoriere ignorieren ignoriert vergiss vergessen missachte
		ignora ignore ignorez ignorar ignorad olvida olvide oublie oubliez dimentica scorda ignoreer negeer vergeet esqueça desconsidere desconsidera
		ignorera glöm ignorer glem unohda ohita jätä hagyd felejtsd ignoră uită игнорируй* игнорируйте забудь* проигнорируй* unut* yoksay göz zignoruj zapomnij`,
	told: `instruction* instructions prompt* guideline* guidelines directive* directives requests programming restrictions commands orders rules
		anweisung* anweisungen instruktion* vorgaben regeln aufforderung*
		instruccion* instrucciones indicaciones órdenes reglas consignes directives istruzion* istruzioni regole aanwijzing* opdracht* instruções instruções regras instruktion* instruktioner instruks* ohje* ohjeet ohjeita
		utasítás* instrucțiun* instrucțiunile инструкци* указани* правила talimat* kural* instrukcj* polecen* zasad* direttive talimatlar*`,
	before: `previous prior above earlier all preceding existing pre former your other system initial original any
		vorherige* vorherigen bisherige* bisherigen alle obige* vorigen deine anteriores anterior previas todas tus précédentes précédente toutes tes vos precedenti tutte tue vorige eerdere alle anteriores todas suas tidigare alla alle tidligere aiemmat kaikki edelliset
		korábbi összes előző anterioare toate предыдущ* все önceki tüm poprzedni* wszystkie wcześniejsze`,
	modes: `jailbreak* jailbroken`,
	on:    `operating are entering`,
	write: `integrate display incorporate enhance append conclude add include includes insert append end   finish answer respond reply say repeat mention quote cite output print translate mark put write recommend           summarize summarise      
		füge nenne antworte schreibe erwähne sage empfehle versprich gib zeige übersetze wiederhole füg verrate biete
		añade agrega incluye responde di menciona recomienda promete ofrece muestra escribe traduce repite dile
		ajoute ajoutez inclus incluez réponds répondez dis dites mentionne mentionnez recommande promets propose traduis affiche écris
		aggiungi includi rispondi scrivi menziona raccomanda prometti offri traduci mostra
		voeg beantwoord antwoord schrijf vermeld zeg beloof toon
		adicione inclua responda escreva mencione diga recomende prometa mostre
		lägg inkludera svara skriv nämn lova tilføj inkluder svar skriv nævn legg nevn lov
		lisää sisällytä vastaa kirjoita mainitse lupaa
		írd válaszolj említsd add fűzd ígérj
		adaugă include răspunde scrie menționează promite oferă
		добавь* включи* ответь* отвечай* напиши* упомяни* скажи обещай* пообещай* переведи* вставь*
		ekle* yanıtla* yaz söyle belirt* öner*
		dodaj odpowiedz napisz wspomnij obiecaj zaproponuj powiedz begin`,
	write | speak: `tell promise offer inform advise instruct     versprich verrate biete informiere promete ofrece promets  prometti offri beloof prometa lova lov lupaa ígérj promite oferă обещай* пообещай* скажи obiecaj zaproponuj powiedz söyle`,
	ours:          `customer customers kunden kunde    klant klanten asiakkaalle ügyfélnek clientului клиенту клиентам müşteriye klientowi    `,
	robot:         `ai llm llms gpt chatgpt ki ki-assistent ki-assistenten ki-modell ki-modelle sprachmodell sprachmodelle ki-systeme tekoäly tekoälyavustaja mi-asszisztens ии нейросет* yapay ia`,
	robot | shy:   `assistant assistants copilot bot bots chatbot chatbots crawler crawlers drafter summarizer assistent assistenten assistente asistente asistentes assistenti ассистент* asystent* avustaja asszisztens`,
	reads:         `reading reads read processing processes parsing parses summarizing summarising answering drafting liest lesen verarbeitet lee leen lit lisent legge leest читающ* okuyan czytając* läser læser lukeva`,
	must: `must should shall please need needs to now always and then or also ensure sure required is are
		musst muss müssen soll sollen bitte immer sollst debe debes deben favor siempre doit dois devez doivent toujours devi deve devono sempre moet moeten altijd deve devem sempre måste skall ska alltid skal altid alltid pitää täytyy aina kell mindig trebuie întotdeauna долж* всегда нужно meli* zorunda daima musi* zawsze należy powin*`,
	opens: `: , ; and then or but when if always also just instead please note attention important only now simply kindly just or`,
}

// joined are words of scripts that stand without spaces.
var joined = index(map[slot]string{
	hand:          `发送 告诉 提供 发给 回复 发到 發送 提供給 告知 送って 送信して 教えて お知らせください 伝えて 返信 ご連絡ください 보내 알려 전송 말씀 제공 回覆 傳給`,
	secrets:       `密码 密碼 验证码 驗證碼 卡号 卡號 信用卡号 助记词 私钥 パスワード 暗証番号 認証コード カード番号 確認コード セキュリティコード 비밀번호 인증번호 카드번호 인증코드`,
	to | anywhere: `给我们 給我們 告诉我们 告訴我們 发给 客服 技术人员 技術人員 工作人员 私たちに 弊社に 担当者に サポートに 当社に スタッフに 저희에게 저희 상담원 고객센터 담당자 우리에게`,
	never:         `不要 请勿 切勿 絕不 绝不 勿 不会 不會 向您 向你 给您 给你 給您 給你 お客様に しないで ません 決して 絶対に 마세요 않 절대 하지 보내드`,
	about:         `重置 链接 設定 リセット 再設定 変更 재설정 변경 管理器`,
	aside:         `忽略 无视 無視 忘记 忘れ 무시 잊어`,
	told:          `指令 指示 提示词 规则 지시 명령 프롬프트 プロンプト 命令`,
	before:        `之前 以前 上述 所有 先前 これまで 以前の すべて 前の 上記 이전 모든 위의 앞의`,
	write | must:  `回答 添加 包含 回复 回答して 追加して 含めて 답변 추가 포함`,
	robot:         `人工智能 大模型 语言模型 助手 アシスタント 人工知能 言語モデル 인공지능 어시스턴트 언어모델`,
})

// phrases are slots of two or three words together.
var phrases = index(map[slot]string{
	hand | to | anywhere: `read_him read_her read_them read_us read_out`,
	aside:                `yok_say`,
	never:                `ask_you ask_for asking_you`,
	secrets: `card_number card_numbers security_code verification_code verification_codes one-time_code time_code login_code sms_code authentication_code 2fa_code authenticator_code confirmation_code access_code
		seed_phrase recovery_phrase recovery_code secret_phrase backup_codes private_key secret_key api_key access_token social_security_number remote_access remote_control gift_card gift_cards card_details card_pin bank_details banking_login secret_answer expiry_date
		código_de_verificación código_de_seguridad número_de_tarjeta tarjeta_de_crédito datos_de_acceso frase_semilla mot_de_passe code_de_vérification code_de_sécurité numéro_de_carte code_reçu code_confidentiel carte_bancaire
		codice_di_verifica codice_di_sicurezza numero_di_carta carta_di_credito codice_di_accesso codice_pin codice_otp código_de_verificação código_de_segurança número_do_cartão cartão_de_crédito parola_d'ordine
		numărul_cardului codul_de_verificare codul_pin номер_карты код_подтверждения код_из_смс одноразовый_код данные_карты
		doğrulama_kodu doğrulama_kodunu kart_numarasını kart_numaranızı güvenlik_kodu kart_bilgilerinizi kod_weryfikacyjny numer_karty kod_sms kod_pin dane_karty kod_blik credit_card debit_card`,
	to:    `our_team support_team our_agent this_number this_address live_chat your_reply this_ticket unseren_support an_unseren notre_équipe notre_service nuestro_equipo onze_helpdesk nosso_suporte`,
	told:  `system_prompt previous_text above_text`,
	modes: `developer_mode debug_mode debugging_mode maintenance_mode admin_mode god_mode dan_mode unrestricted_mode entwicklermodus_aktiviert jailbreak_mode`,
	only:  `system_prompt anything_ai do_anything_now hidden_instructions hidden_functionalities your_instructions_and your_previous_instructions your_prior_instructions your_initial_instructions new_important_instructions your_hidden_instructions your_new_directive developer_mode_enabled your_system_prompt gave_you_your ignore_previous_instructions prompt_injection you_are_dan summarize_the_input without_review already_approved no_review_is`,
	reply: `your_reply  your_response  your_answer  your_draft this_draft the_draft your_output every_sentence every_reply every_response every_answer each_reply    another_customer  your_summary all_replies all_answers your_confidence
		deiner_antwort ihrer_antwort  deine_antwort  jeder_antwort tu_respuesta su_respuesta   cada_respuesta votre_réponse ta_réponse   chaque_réponse tua_risposta   ogni_risposta je_antwoord   elk_antwoord sua_resposta   cada_resposta
		ditt_svar svaret_till dit_svar svaret_til    vastaukseesi jokaiseen_vastaukseen a_válaszod válaszodban minden_válaszban răspunsul_tău fiecare_răspuns свой_ответ своём_ответе каждый_ответ ответ_клиенту yanıtına her_yanıta swojej_odpowiedzi każdej_odpowiedzi`,
	reply | weak: `the_reply the_response the_answer la_respuesta la_réponse la_risposta het_antwoord a_resposta der_antwort`,
	robot:        `language_model ai_assistant ai_model virtual_assistant artificial_intelligence modelo_de_lenguaje modèle_de_langage modello_linguistico asistente_de_ia assistant_ia intelligence_artificielle inteligencia_artificial large_language answering_system`,
	about:        `to_zero`,
	others:       `who_send that_send`,
})

// lexicon is words, ready to be looked up.
var lexicon = compile(words)

type table struct {
	whole map[string]slot
	stems map[string]slot
}

func compile(all map[slot]string) table {
	t := table{map[string]slot{}, map[string]slot{}}
	for s, list := range all {
		for w := range strings.FieldsSeq(list) {
			if stem, ok := strings.CutSuffix(w, "*"); ok {
				t.stems[stem] |= s
			} else {
				t.whole[w] |= s
			}
		}
	}
	return t
}

// of returns the slots of a word: its own, and those of stems that it begins with.
func (t table) of(w string) slot {
	s := t.whole[w]
	for n, end := 0, len(w); n <= 3 && end > 2; n++ {
		s |= t.stems[w[:end]]
		end -= lastRune(w[:end])
	}
	return s
}

func lastRune(s string) int {
	rs := []rune(s[max(0, len(s)-4):])
	return len(string(rs[len(rs)-1]))
}

// index takes a list whose words have _ for a space.
func index(all map[slot]string) map[string]slot {
	out := map[string]slot{}
	for s, list := range all {
		for w := range strings.FieldsSeq(list) {
			out[strings.ReplaceAll(w, "_", " ")] |= s
		}
	}
	return out
}
