package privacy

import "regexp"

const (
	upper  = `\p{Lu}[\p{L}'’.-]*`
	uppers = upper + `(?: (?:(?:de|du|des|del|della|delle|degli|dei|dell|di|da|do|dos|das|la|le|les|el|los|las|van|der|den|of|the|und|am|an|im|st\.?) )*` + upper + `){0,4}`
	house  = `\d{1,5} ?[a-zA-Z]?(?:[/-]\d{1,4}[a-zA-Z]?)?`
)

var placeREs = []*regexp.Regexp{
	// 221B Baker Street, Apt 4
	regexp.MustCompile(`\b\d{1,6}[A-Za-z]? (?:[NSEW]\.? )?(?:` + upper + ` ){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Sq|Place|Pl|Terrace|Way|Close|Crescent|Highway|Hwy|Parkway|Pkwy|Gardens|Grove|Mews|Row|Hill|Walk|Quay)\b\.?(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|#)\.? ?\w{1,6})?`),
	regexp.MustCompile(`\b(?:Flat|Apt\.?|Apartment|Suite|Unit|P\.? ?O\.? ?Box|Postfach|Apartado|Boîte postale|Casella postale|Postbus|Skrytka pocztowa)\s\d{1,6}[A-Za-z]?\b`),
	// Hauptstraße 12, Am Markt 3
	regexp.MustCompile(`\b(?:` + upper + `[ -])?(?:\p{Lu}[\p{L}-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|ufer|damm|chaussee|steig|hof|straat|laan|plein|gracht|kade|dijk|singel|pad)|(?:\p{Lu}\p{L}+[ -])?(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Ufer|Damm|Straat|Laan|Plein)|(?:Am|An der|Im|Unter den|Auf der|Zum|Zur) ` + upper + `) ` + house + `\b`),
	// Calle Mayor 5, Via Roma 10, Rua das Flores 7
	regexp.MustCompile(`\b(?i:calle|avenida|avda\.?|paseo|plaza|camino|carrera|c/|via|viale|piazza|corso|largo|vicolo|strada|rua|travessa|praça|alameda|estrada|ul\.|ulica|al\.|aleja|pl\.|os\.) ?(?:(?:de|del|dei|delle|degli|della|di|da|do|dos|das|la|las|los|el|le) )*` + uppers + `,? ?(?:n[°ºo.]* ?)?` + house + `(?:, ?\d{1,2}[°º]? ?\p{L}?\b)?`),
	// 12 bis, rue de la Paix
	regexp.MustCompile(`\b\d{1,4}(?: (?:bis|ter))?,? (?i:rue|avenue|av\.|boulevard|bd|place|impasse|allée|chemin|quai|route|cours|square|passage) (?:(?:de|du|des|de la|de l'|d'|la|le|les) ?)*` + uppers),
	// 10115 Berlin, 1012 AB Amsterdam, 00-950 Warszawa, SW1A 1AA, Springfield, IL 62704
	regexp.MustCompile(`\b(?:D-|A-|CH-|F-|I-|E-)?\d{5} \p{Lu}\p{Ll}[\p{L}'’.-]+(?: (?:am|an der|im|de|la|le|les|sur|del|di)(?: ` + upper + `)+|(?:-| )` + upper + `)?` + `|\b\d{4} ?[A-Z]{2} ` + uppers + `|\b\d{2}-\d{3} ` + uppers + `|\b\d{4}-\d{3} ` + uppers),
	regexp.MustCompile(`\b(?:GIR 0AA|[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})\b`),
	regexp.MustCompile(`\b` + uppers + `, (?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) \d{5}(?:-\d{4})?\b`),
}

// places finds streets with their numbers, and towns with their postal codes.
func places(said string) []Value {
	var out []Value
	for _, re := range placeREs {
		out = append(out, matches(said, re, Address, nil)...)
	}
	return out
}
