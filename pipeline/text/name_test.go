package text

import "testing"

func TestFirstName(t *testing.T) {
	for name, want := range map[string]string{"Dana Reyes": "Dana", "dana": "Dana", "Reyes, Dana": "Dana", "dana@x.example": "", "": "", "Support Team": "", "J": "", "Ünal Öz": "Ünal", "<script>": "",
		"http://evil.example": "", "A very long company name Ltd": "", "Jean-Luc P": "Jean-Luc", "123": "", "Click here now": "", "Your refund is approved": "", "Will Smith": "Will", "Vincent van Gogh": "Vincent", "María de la Cruz": "María", "you have won": "", "Ihre Zahlung ist genehmigt": "",
		"Visitor": "", "Visitor 48213": "", "Website visitor": "", "Anonymous Visitor": "", "Besucher 12": "", "Visiteur": "", "Guest": "", "Gość": "", "Посетитель": "", "访客": "", "訪問者": "", "Invitado": "", "patient-dew-123": "", "n/a": "", "Kim (Guest)": "",
		"web-visitor": "", "No name": "", "Unnamed": "", "Ticket requester": "", "Anna-Lena Schulz": "Anna-Lena", "Customer Service": "", "ziyaretçi": "", "Unknown User": "", "Grace": "Grace", "Gastón": "Gastón", "Willem Klant": ""} {
		if got := FirstName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
