package quantity

import "strings"

// units maps the words beside a number to one name per unit in all languages.
var units = table(map[string]string{
	"%":   "% ٪ percent percents pct prozent procent",
	"USD": "$ us$ usd dollar dollars dólar dólares dollaro dollari", "EUR": "€ eur euro euros", "GBP": "£ gbp quid sterling", "JPY": "¥ jpy yen", "CHF": "chf franken", "INR": "₹ inr rupee rupees",
	"CAD": "cad ca$ c$", "AUD": "aud au$ a$", "BRL": "brl r$ reais", "SEK": "sek", "NOK": "nok", "DKK": "dkk", "PLN": "pln zł", "CZK": "czk kč", "CNY": "cny rmb", "KRW": "krw ₩", "MXN": "mxn", "cent": "cent cents ct",
	"ms": "ms millisecond milliseconds millisekunden milisegundos millisecondes", "second": "second seconds sec secs sekunde sekunden segundo segundos seconde secondes seconden secondo secondi",
	"minute": "minute minutes min mins minuten minuto minutos minuut minuti", "hour": "hour hours hr hrs stunde stunden hora horas heure heures uur uren ora ore",
	"day": "day days tag tage tagen día días dia dias jour jours dag dagen giorno giorni", "workday": "workday workdays werktag werktage werktagen arbeitstag arbeitstage arbeitstagen werkdag werkdagen weekday weekdays",
	"week": "week weeks woche wochen semana semanas semaine semaines weken settimana settimane", "month": "month months monat monate monaten mes meses mois mês maand maanden mese mesi",
	"quarter": "quarter quarters quartal quartale quartalen trimestre trimestres kwartaal trimestri", "year": "year years yr yrs jahr jahre jahren año años an ans année années ano anos jaar jaren anno anni",
	"bit": "bit bits", "byte": "byte bytes octets", "KB": "kb kib kilobyte kilobytes ko", "MB": "mb mib megabyte megabytes mo", "GB": "gb gib gigabyte gigabytes go", "TB": "tb tib terabyte terabytes",
	"Mbit/s": "mbps mbit/s", "Gbit/s": "gbps gbit/s", "MB/s": "mb/s", "px": "px pixel pixels", "dpi": "dpi",
	"mm": "mm millimeter millimetre millimetres millimeters", "cm": "cm centimeter centimetre centimeters centimetres", "m": "m metre metres meter meters metros metri mètres", "km": "km kilometer kilometers kilometre kilometres kilómetros chilometri quilômetros",
	"inch": "inch inches zoll pulgadas pouces", "foot": "ft foot feet", "mile": "mile miles meilen millas", "mg": "mg", "g": "g gram grams gramm gramos grammes", "kg": "kg kilogram kilograms kilo kilos kilogramm", "pound": "lb lbs pound pounds",
	"ml": "ml", "l": "l liter liters litre litres litros litri", "W": "w watt watts", "kW": "kw kilowatt", "kWh": "kwh", "V": "v volt volts", "A": "amp amps ampere", "mA": "ma", "mAh": "mah", "Hz": "hz", "kHz": "khz", "MHz": "mhz", "GHz": "ghz",
	"°C": "°c celsius", "°F": "°f fahrenheit", "°": "° degree degrees grad grados degrés gradi graden", "bar": "bar", "psi": "psi", "dB": "db",
})

// periods maps words that say by themselves what is counted for each of.
var periods = table(map[string]string{
	"hour": "hourly stündlich", "day": "daily täglich diario diaria quotidien dagelijks giornaliero diário", "week": "weekly wöchentlich semanal hebdomadaire wekelijks settimanale",
	"month": "monthly monatlich monatliche mensual mensuel mensuelle mensile mensal maandelijks", "quarter": "quarterly vierteljährlich trimestral trimestriel",
	"year": "yearly annual annually annum jährlich jährliche anual annuel annuelle annuale jaarlijks",
})

// working are the words that make a day one on which people work, before it or behind it.
var working = set("business working banking bank hábil hábiles laborable laborables ouvré ouvrés ouvrable ouvrables lavorativo lavorativi útil úteis")

// each are the words between a number and what it counts for each of.
var each = set("per / each every a an pro je por par al alla al à am im in de la el le die der jeden jede jedes cada chaque ogni elke iedere the")

// leads are those of each that may stand far behind the number.
var leads = set("per / each every pro je por par cada chaque ogni elke iedere")

var months = func() map[string]int {
	m := map[string]int{}
	for i, line := range []string{"january jan januar enero janvier gennaio janeiro januari", "february feb februar febrero février febbraio fevereiro februari",
		"march mar märz marzo mars março maart", "april apr abril avril aprile", "may mai mayo maggio maio mei", "june jun juni junio juin giugno junho", "july jul juli julio juillet luglio julho",
		"august aug agosto août augustus", "september sep sept septiembre septembre settembre setembro", "october oct oktober okt octubre octobre ottobre outubro", "november nov noviembre novembre novembro",
		"december dec dezember dez diciembre décembre dicembre dezembro"} {
		for _, w := range strings.Fields(line) {
			m[w] = i + 1
		}
	}
	return m
}()

// Month returns the number of the month that a word in lower case names, or 0.
func Month(word string) int { return months[word] }

var zones = set("utc gmt cet cest est edt cst cdt mst mdt pst pdt et pt mez mesz bst ist jst aest aedt wet west eet eest msk brt")

func table(names map[string]string) map[string]string {
	m := map[string]string{}
	for name, words := range names {
		for w := range strings.FieldsSeq(words) {
			m[w] = name
		}
	}
	return m
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
