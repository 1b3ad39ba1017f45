package privacy

import (
	"math"
	"math/big"
	"net/netip"
	"regexp"
	"strings"
)

var (
	emailRE = regexp.MustCompile(`(?i)[\p{L}\p{N}._%+'-]+(?:@|\s?\[at\]\s?|\s?\(at\)\s?)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,24}`)
	cardRE  = regexp.MustCompile(`\d(?:[ .-]?\d){11,18}`)
	ibanRE  = regexp.MustCompile(`(?i)\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b`)
	keyRE   = regexp.MustCompile(`\b(?:sk-[A-Za-z0-9_-]{16,}|[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|` +
		`eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{4,}|whsec_[\w+/=]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{30,}|dop_v1_[a-f0-9]{40,}|hf_[A-Za-z0-9]{20,})|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`)
	secretRE = regexp.MustCompile(`(?i)(?:pass ?(?:word|code|phrase)|passwort|kennwort|contraseña|clave|mot de passe|senha|palavra-passe|wachtwoord|parola d'ordine|hasło|pin(?:[ -]?code)?|(?:api|licen[cs]e|activation|product|access)?[ _-]?key|secret|token|otp|verification code|(?:einmal)?code|codice|código)\s*(?:is|was|ist|lautet|war|es|est|è|é|:|=|->)+\s*["'“„«]?([^\s"'”“»,;]{4,64})`)
	longRE   = regexp.MustCompile(`[A-Za-z0-9+/_=-]{24,}`)
	ip4RE    = regexp.MustCompile(`\d{1,3}(?:\.\d{1,3}){3}`)
	ip6RE    = regexp.MustCompile(`(?i)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}`)
	phoneRE  = regexp.MustCompile(`(?:\+|00)?\(?\d[\d\p{Zs}().\x{2011}\x{2013}/-]{5,22}\d(?:\s?(?:x|ext\.?|Durchwahl|poste)\s?\d{1,6})?`)
	nearRE   = regexp.MustCompile(`(?i)(?:tel|telefon|telephone|teléfono|téléphone|telefono|telefone|telefoon|phone|mobile|mobil|handy|móvil|portable|cellulare|telemóvel|celular|mobiel|cell|call|ring|whatsapp|sms|text me|fax|anrufen|erreichbar|erreichen|nummer|number|numéro|número|numero|komórka|zadzwo\p{L}+)\.?[^\d\n]{0,24}$`)
	nanpRE   = regexp.MustCompile(`^(?:1[ .-]?)?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}(?:\D.*)?$`)
	dateRE   = regexp.MustCompile(`^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[ T].*)?$`)
	orderRE  = regexp.MustCompile(`(?i)(?:order|purchase|bestell\p{L}*|auftrags?\p{L}*|pedido|commande|ordine|encomenda|bestelling|ordernummer|zamówieni\p{L}*|invoice|rechnungs?\p{L}*|factura|facture|fattura|fatura|factuur|faktur\p{L}*|customer|kunden\p{L}*|cliente?|klant\p{L}*|account|konto|contract|vertrags?\p{L}*|contrato|contrat|booking|buchungs?\p{L}*|reserva|réservation|prenotazione|tracking|sendungs?\p{L}*|reference|ref|policy|case|ticket|serial|member)` +
		`(?:[ -]?(?:number|nummer|no|nr|num|id|número|numero|numéro|n°|nº|code|de commande|de pedido|de facture|de cliente?|d'ordine))?[.:]?\s*(?:is|ist|lautet|es|est|è|é|:|=)?\s*(?:#|n[°ºo]\.?\s?)?([A-Z]{0,5}[-/]?\d[A-Z0-9/-]{3,24})`)
	hashRE = regexp.MustCompile(`(?i)(?:^|[\s(])#\s?([A-Z]{0,5}-?\d{4,18})\b`)
)

func emails(said string) []Value {
	if !strings.ContainsAny(said, "@[(") {
		return nil
	}
	return matches(said, emailRE, Email, nil)
}

// keys finds secrets by their form, by what announces them, and by their disorder.
func keys(said string) []Value {
	out := matches(said, keyRE, Key, nil)
	out = append(out, matches(said, secretRE, Key, func(v string, _, _ int) bool { return strings.ContainsAny(v, "0123456789!$%&*#@") })...)
	return append(out, matches(said, longRE, Key, func(v string, start, end int) bool {
		return alone(said, start, end) && !strings.Contains(v, "==") && disorder(v) > 3.6 && strings.ContainsAny(v, "0123456789") && strings.ContainsAny(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") &&
			!strings.Contains(said[max(0, start-40):start], "://")
	})...)
}

// disorder is Shannon's entropy of the characters, in bits.
func disorder(s string) float64 {
	var n [256]float64
	for i := range len(s) {
		n[s[i]]++
	}
	h := 0.0
	for _, c := range n {
		if c > 0 {
			p := c / float64(len(s))
			h -= p * math.Log2(p)
		}
	}
	return h
}

// accounts finds IBANs by their check digits (ISO 13616, mod 97).
func accounts(said string) []Value {
	var out []Value
	for _, m := range ibanRE.FindAllStringIndex(said, -1) {
		for end := m[1]; end > m[0]+14; end-- { // words behind may look like groups
			if end < m[1] && said[end] != ' ' && said[end] != '-' {
				continue
			}
			if IBAN(said[m[0]:end]) {
				out = append(out, Value{m[0], end, Account})
				break
			}
		}
	}
	return out
}

// IBAN checks the check digits of a bank account (ISO 13616, mod 97); spaces and hyphens
// do not count.
func IBAN(s string) bool {
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	var b strings.Builder
	for _, r := range s[4:] + s[:4] {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= 'A' && r <= 'Z':
			n := int(r-'A') + 10
			b.WriteByte(byte('0' + n/10))
			b.WriteByte(byte('0' + n%10))
		default:
			return false
		}
	}
	n, ok := new(big.Int).SetString(b.String(), 10)
	return ok && new(big.Int).Mod(n, big.NewInt(97)).Int64() == 1
}

// cards finds payment cards by Luhn's check digit (ISO/IEC 7812).
func cards(said string) []Value {
	return matches(said, cardRE, Card, func(v string, start, end int) bool {
		d := digitsOf(v)
		return alone(said, start, end) && Luhn(d) && strings.Trim(d, d[:1]) != "" &&
			(len(d) > 12 && strings.ContainsAny(d[:1], "23456") || len(d) == 12 && strings.ContainsAny(d[:1], "56") || strings.HasPrefix(d, "1800"))
	})
}

// Luhn checks the check digit of a payment card (ISO/IEC 7812); d is digits only.
func Luhn(d string) bool {
	sum := 0
	for i := range len(d) {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

func networks(said string) []Value {
	out := matches(said, ip4RE, Network, func(v string, start, end int) bool {
		_, err := netip.ParseAddr(v)
		return err == nil && alone(said, start, end)
	})
	if !strings.Contains(said, ":") {
		return out
	}
	return append(out, matches(said, ip6RE, Network, func(v string, start, end int) bool {
		a, err := netip.ParseAddr(v)
		return err == nil && a.Is6() && len(v) > 6 && alone(said, start, end)
	})...)
}

// phones finds telephone numbers: with a country's prefix, in the form of North
// America, or beginning with a nought or behind a word that announces one.
func phones(said string) []Value {
	var out []Value
	for _, m := range phoneRE.FindAllStringIndex(said, -1) {
		start, end := m[0], m[1]
		if !alone(said, start, end) {
			continue
		}
		v := strings.TrimRight(said[start:end], " ")
		d := digitsOf(v)
		announced := nearRE.MatchString(said[max(0, start-40):start])
		switch {
		case len(d) < 7 || len(d) > 15 || dateRE.MatchString(v) && !announced:
		case strings.HasPrefix(v, "+") || strings.HasPrefix(v, "00") && len(d) >= 10,
			nanpRE.MatchString(v), strings.HasPrefix(v, "(") && len(d) >= 9,
			(v[0] == '0' || strings.HasPrefix(v, "(0")) && len(d) >= 9 && !strings.Contains(v, ". "),
			announced && !strings.Contains(v, ". "):
			out = append(out, Value{start, start + len(v), Phone})
		}
	}
	return out
}

// orders finds numbers of orders, invoices, customers and the like behind the word
// that names them.
func orders(said string) []Value {
	out := matches(said, orderRE, Order, func(v string, start, end int) bool { return len(digitsOf(v)) >= 4 && alone(said, start, end) })
	return append(out, matches(said, hashRE, Order, func(v string, start, end int) bool { return alone(said, start, end) })...)
}
