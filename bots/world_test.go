package bots_test

import (
	"strings"
	"testing"

	"footnote/bots"
	"footnote/pipeline/text/letter"
)

// TestWorldHTML: what mail programs mark as older mail or as a signature is told
// from what the person wrote, whatever language stands in it.
func TestWorldHTML(t *testing.T) {
	t.Parallel()
	const q, old = "Where is my parcel?", "<p>We sent it on Tuesday.</p>"
	head := `<b>Vum:</b> Mara &lt;help@shop.example&gt;<br><b>Geschéckt:</b> Dënschdeg<br><b>Sujet:</b> Pak<br>`
	for name, src := range map[string]string{
		"Gmail":                  q + `<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">Dne Mara napsal:<br></div><blockquote class="gmail_quote" style="margin:0px">` + old + `</blockquote></div>`,
		"Gmail, signature":       `<div dir="ltr">` + q + `</div><br><div class="gmail_signature">Kim<br>Vale GmbH</div><br><div class="gmail_quote">x<blockquote>` + old + `</blockquote></div>`,
		"Apple Mail":             `<div>` + q + `</div><br><div><br><blockquote type="cite"><div>Den 3. mars skrev Mara:</div>` + old + `</blockquote></div>`,
		"Yahoo":                  `<div>` + q + `</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>vineri, 3 martie, Mara a scris:</div>` + old + `</div>`,
		"Proton":                 `<div>` + q + `</div><div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">Sent with Proton Mail secure email.</div></div><div class="protonmail_quote">wt, Mara pisze:<br><blockquote class="protonmail_quote" type="cite">` + old + `</blockquote></div>`,
		"Thunderbird":            `<p>` + q + `</p><div class="moz-cite-prefix">Le 03/03/2026 à 10:14, Mara a écrit :<br></div><blockquote type="cite">` + old + `</blockquote><div class="moz-signature">-- <br>Kim</div>`,
		"Outlook on the web":     `<div>` + q + `</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">` + head + `</div><div>` + old + `</div>`,
		"Outlook, quoted":        `<div>` + q + `</div><div id="x_appendonsend"></div><hr><div id="x_divRplyFwdMsg">` + head + `</div><div>` + old + `</div>`,
		"Outlook for iOS":        `<div>` + q + `</div><div id="ms-outlook-mobile-signature">Hol dir Outlook für iOS</div><div id="mail-editor-reference-message-container">` + head + old + `</div>`,
		"Outlook desktop":        `<div class=WordSection1><p>` + q + `</p><div style='border:none;border-left:solid blue 1.5pt;padding:0cm 0cm 0cm 4.0pt'><div><p>` + head + `</p></div>` + old + `</div></div>`,
		"Hotmail":                `<div>` + q + `</div><hr id="stopSpelling">` + head + old,
		"Zimbra":                 `<div>` + q + `</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">` + head + `</div><div data-marker="__QUOTED_TEXT__">` + old + `</div>`,
		"Zoho":                   `<div>` + q + `</div><div class="zmail_extra"><div>---- On Tue, Mara wrote ----</div><blockquote>` + old + `</blockquote></div>`,
		"GMX":                    `<div>` + q + `</div><div name="quote" style="margin:10px 5px"><div>Gesendet: Dienstag</div>` + old + `</div>`,
		"Spark":                  `<div name="messageBodySection">` + q + `</div><div name="messageReplySection">On 3 Mar, Mara wrote:<br><blockquote>` + old + `</blockquote></div>`,
		"NetEase":                `<div>` + q + `</div><blockquote id="isReplyContent">在 2026-03-03，Mara 写道：<br>` + old + `</blockquote>`,
		"Tuta":                   `<div>` + q + `</div><div class="tutanota_quote">3. Mar, Mara:<br>` + old + `</div>`,
		"Front":                  `<div>` + q + `</div><blockquote class="front-blockquote">On March 3, Mara wrote:` + old + `</blockquote>`,
		"Gmail, answers between": `<div class="gmail_quote"><div class="gmail_attr">On Mon, A wrote:<br></div><blockquote class="gmail_quote">` + old + `</blockquote><div>` + q + `</div><blockquote class="gmail_quote">` + old + `</blockquote></div>`,
		"signature above all":    `<div class="gmail_signature">Kim<br>Vale GmbH</div><div>` + q + `</div>`,
		"a bar beside it":        `<p>` + q + `</p><div style="border-left: 2px solid #C3D9E5; padding-left: 10px">` + old + `</div>`,
	} {
		got := letter.Read(bots.Text(src), "Re: x").Text
		if got != q {
			t.Errorf("%s: %q\n of %q", name, got, bots.Text(src))
		}
		if !strings.Contains(bots.Text(src), "sent it on Tuesday") && strings.Contains(src, old) {
			t.Errorf("%s: the older mail is lost", name)
		}
	}
	forward := `<div>FYI</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Lee &lt;lee@other.example&gt;<br><b>Sent:</b> Tuesday, March 3, 2026 10:14 AM<br><b>To:</b> Kim<br><b>Subject:</b> Lid<br></div><div>How do I open the lid?</div>`
	if l := letter.Read(bots.Text(forward), "FW: Lid"); l.Text != "How do I open the lid?" || l.By != "Lee <lee@other.example>" {
		t.Errorf("a forward: %+v of %q", l, bots.Text(forward))
	}
}
