package volume

import "fmt"

// desk is one of the desks of the past.
type desk struct {
	name   string
	queues []string
}

var (
	desks = []desk{
		{"zendesk", []string{"Billing", "Technical", "Account", "Returns"}},
		{"freshdesk", []string{"First line", "Second line"}},
		{"email", []string{""}},
		{"sandbox", []string{"Support", "Sales"}},
	}
	locales  = []string{"en", "de", "fr", "es", "pt", "ja"}
	products = []string{"Calendar", "Mail", "Storage", "Billing"}
	first    = []string{"Ana", "Ben", "Chi", "Dara", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jun", "Kai", "Lena", "Max", "Noa", "Ola", "Pia"}
	last     = []string{"Ortiz", "Adler", "Nguyen", "Okafor", "Rossi", "Weiss", "Kowalski", "Silva", "Tanaka", "Moreau", "Novak", "Haddad"}
	// things and troubles make subjects and questions, a line for each language
	things = map[string][]string{
		"en": {"my invoice", "the calendar", "two-factor sign-in", "an API key", "the export", "my password", "a shared folder", "the mobile app", "a refund", "the webhook"},
		"de": {"meine Rechnung", "den Kalender", "die Anmeldung", "den API-Schlüssel", "den Export", "mein Passwort"},
		"fr": {"ma facture", "le calendrier", "la connexion", "la clé d’API", "l’export", "mon mot de passe"},
		"es": {"mi factura", "el calendario", "el acceso", "la clave de API", "la exportación"},
		"pt": {"a minha fatura", "o calendário", "o acesso", "a chave da API"},
		"ja": {"請求書", "カレンダー", "ログイン", "エクスポート"},
	}
	askings = map[string][]string{
		"en": {"How do I change %s? Order %s.", "I cannot find %s any more, since the update this morning. Reference %s.", "%s does not work. What can I do? My account is %s."},
		"de": {"Wie ändere ich %s? Bestellung %s.", "Ich finde %s nicht mehr. Referenz %s."},
		"fr": {"Comment modifier %s ? Commande %s.", "Je ne trouve plus %s. Référence %s."},
		"es": {"¿Cómo cambio %s? Pedido %s.", "No encuentro %s. Referencia %s."},
		"pt": {"Como altero %s? Pedido %s."},
		"ja": {"%sを変更するには？ 注文 %s。"},
	}
)

// article is a page of the help centre that drafts cite.
func article(n int) (id, title, text string) {
	thing := things["en"][n%len(things["en"])]
	return fmt.Sprintf("help/%03d.md", n), fmt.Sprintf("About %s (%d)", thing, n), fmt.Sprintf("To change %s, open Settings, choose Edit and save. It takes effect within %d minutes.", thing, 5+n%50)
}

const articles = 60
