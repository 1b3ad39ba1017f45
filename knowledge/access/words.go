package access

import (
	"slices"
	"strings"
	"unicode"
)

// What keys and values mean for access. The lists are what the public dialects
// have: Hugo, Jekyll, Hexo, Docusaurus, MkDocs, VitePress, Nuxt, Quarto, just-the-docs,
// Microsoft and Adobe docs, help centre exports (Zendesk, Freshdesk, Intercom),
// Dublin Core; and the same words in the languages that pages are read in. What is
// in no list is not guessed: see access.

// keyKind is what a key says something about.
type keyKind int

const (
	noKind      keyKind = iota
	audienceKey         // our own: who reads it; unknown words are internal
	whoKey              // who may read it
	grantKey            // which roles or groups may
	closedFlag          // true: not for customers
	openFlag            // false: not for customers
	outFlag             // true: not in use
	inFlag              // false: not in use
	hideFlag            // true: not to be found by the public
	findFlag            // false, or excluded: not to be found by the public
	statusKey           // where it is in its life
	stateKey            // the same, or something else: only known words count
	fromKey             // from when on it holds
	untilKey            // when it ends
	lastDayKey          // the last day it holds
	someFromKey         // a day that matters when it is to come
	someEndKey          // a day that matters when it is over
	redirectKey         // it is only a way to another page
	robotsKey           // words for search engines
	layoutKey           // what kind of page it is
	labelKey            // labels, which may name an audience
	textKey             // words for readers
	otherKey            // about something else: not looked into
)

// strong tells whether a key of this kind must be understood.
func (k keyKind) strong() bool {
	switch k {
	case noKind, stateKey, someFromKey, someEndKey, layoutKey, labelKey, textKey, otherKey, robotsKey:
		return false
	}
	return true
}

// about tells whether a kind is about who may read.
func (k keyKind) who() bool {
	return k == audienceKey || k == whoKey || k == grantKey || k == closedFlag || k == openFlag
}

var keyKinds = func() map[string]keyKind {
	out := map[string]keyKind{}
	for kind, keys := range map[keyKind]string{
		audienceKey: "audience audiences",
		whoKey: "visibility access accesslevel accesstype accessmode accessrights accesscontrol accesspolicy accessibleto visibleto visiblefor viewableby readableby readers viewers availableto targetaudience intendedaudience " +
			"sharing sharedwith sharingmode classification dataclassification securityclassification securitylevel sensitivity sensitivitylevel confidentiality confidentialitylevel tlp privacy privacylevel exposure " +
			"restrictions restriction restrictedto limitedto whocanview whocansee whocanread canview canread canaccess usertype userrole usersegment usersegments usersegmentid usersegmentids segment segments forusers publishto publishedto zielgruppe sichtbarkeit publikum visibilite visibilidad publico destinatarios",
		grantKey: "roles role groups group permissions permission permissiongroup permissiongroups acl acls allowedroles allowedgroups allowedusers allowedteams allowedfor allow allowlist whitelist allowed requiredrole requiredroles requiredpermission requiredpermissions " +
			"requiredgroup requiredgroups authorizedroles authorizedusers authorizedgroups entitlement entitlements usersgroups usergroup usergroups accessgroups accessroles accesslist viewergroups viewerroles memberroles rollen berechtigungen gruppen",
		closedFlag: "loginrequired requireslogin requirelogin authrequired requiresauth requireauth requiresauthentication requireauthentication authenticationrequired needslogin needsauth signinrequired requiressignin requiresmembership membershiprequired " +
			"password passwordprotected requirespassword protected paywall paywalled gated premium internal intern interne private behindlogin noncustomer hidefrom hiddenfrom hidefor hiddenfor excludefor hiddenfromcustomers notforcustomers nocustomers",
		openFlag: "public oeffentlich öffentlich customerfacing customervisible visibletocustomers visibletopublic publiclyvisible publiclyaccessible publicaccess guestaccess anonymousaccess allowanonymous allowguests allowpublic showtocustomers forcustomers sharepublicly",
		outFlag:  "draft drafts entwurf brouillon borrador bozza rascunho archived archive deprecated obsolete retired superseded outdated wip workinprogress unpublished disabled deleted trashed trash withdrawn expired embargoed stub ignore ignored skip intrash donotpublish nopublish dontpublish headless notready unreviewed",
		inFlag:   "published publish publishable veroeffentlicht veröffentlicht visible enabled active live released approved show ready",
		hideFlag: "unlisted orphan hidden hide noindex nosearch searchexclude excludefromsearch excludesearch hidefromsearch searchhidden disablesearch removefromsearch sitemapexclude excludefromsitemap hidefromsitemap robotsnoindex disableindexing noai noaiindex excludefromai hidefromai hidefromllms excludefromllms nollms " +
			"excludefromindex eleventyexcludefromcollections hidefromindex excludefromlisting",
		findFlag:    "search searchable sitemap index indexable indexed indexing listed listable discoverable includeinsearch showinsearch insearch includeinsitemap showinsitemap insitemap llms ai algolia pagefind lunr searchindex allowindex allowindexing buildlist buildrender",
		statusKey:   "status pagestatus publicationstatus publishstatus publishingstatus publishedstatus reviewstatus editorialstatus workflowstatus workflowstate moderationstate moderationstatus lifecyclestatus lifecyclestate publishstate publicationstate publishingstate articlestatus approvalstatus",
		stateKey:    "state stage phase maturity progress workflow lifecycle",
		fromKey:     "publishdate publishon publishat publishfrom publishtime publishedtime publishafter publishedat publishedon publisheddate pubdate pubat publicationdate publicationat golive golivedate goliveat embargo embargodate embargountil embargoeduntil availablefrom availableon availableat visiblefrom activefrom showfrom displayfrom validfrom validsince effectivedate effectivefrom effectiveon goodfrom scheduledfor scheduledat scheduleddate",
		untilKey:    "expirydate expires expireson expiresat expire expireat expireon expiredate expiration expirationdate expirationtime expiry unpublish unpublishdate unpublishon unpublishat unpublishtime depublishdate depublish archiveon archiveat archivedate deleteon deleteat removeon removeat removedate retireon retiredate retirementdate sunset sunsetdate offlinedate hideafter deprecationdate deletedat deletedon archivedat archivedon unpublishedat retiredat trashedat ablaufdatum",
		lastDayKey:  "validuntil validto validthrough validtill availableuntil availableto visibleuntil activeuntil showuntil displayuntil publishuntil publisheduntil bestbefore gueltigbis gültigbis",
		someFromKey: "date startdate releasedate effective created createdat",
		someEndKey:  "enddate endsat endson",
		redirectKey: "redirect redirectto redirecturl redirectlink redirecttarget movedto replacedby supersededby newurl",
		robotsKey:   "robots robot googlebot bingbot metarobots robotsmeta robotstag",
		layoutKey:   "layout template type kind contenttype pagetype doctype articletype",
		labelKey:    "tags tag labels label categories category section collection space folder taxonomy topics flags",
		textKey:     "title description summary subtitle name slug url link permalink keywords keyword excerpt heading subject text body content intro question answer answers questions metatitle navtitle linktitle shorttitle sidebarlabel id redirectfrom aliases alias author manager owner ogtitle ogdescription twittertitle twitterdescription ogimagealt applicationname",
		otherKey:    "authors contributors contributor maintainers maintainer reviewers editors people person sidebar sidenav toc tableofcontents nav navigation navbar menu menus hero image images cover banner features og twitter openapi schema jsonld breadcrumbs footer header pagination prev next comments steps children layoutoptions hidefromtoc hidetoc navexclude hidetitle hidetableofcontents hidesidebar",
	} {
		for k := range strings.FieldsSeq(keys) {
			out[k] = kind
		}
	}
	return out
}()

// enclosing are keys that only hold others.
var enclosing = vocabulary("extra params param meta metadata custom customfields data page doc document article properties props attributes fields frontmatter settings options config publishing publication publish seo cascade content kb helpcenter info x")

var (
	// Not for customers, whatever stands beside it.
	closedWords = vocabulary("internal internally internals intern interne internes interner internen interno interna internos intranet private privately privat private privé privée privado privada privato privata restricted confidential confidentially vertraulich confidentiel confidentielle confidencial riservato riservata vertrouwelijk " +
		"secret geheim sensitive proprietary nda embargoed protected gated nonpublic backoffice classified")
	// People who are no customers.
	insideWords = vocabulary("staff employee employees personnel mitarbeiter mitarbeitende employés employes empleados dipendenti medewerkers agent agents team teams admin admins administrator administrators moderator moderators member members membership mitglieder subscriber subscribers insider insiders colleague colleagues " +
		"authenticated authorized authorised logged signed loggedin signedin registered support helpdesk csr organization organisation org company workforce management managers manager engineering operations ops owner owners editor editors")
	// Words beside them that change nothing.
	fillWords = vocabulary("only use user uses users reader readers for the of and or our own by to a an in is strictly eyes audience audiences page pages doc docs document documents content contents article articles post access level view viewable visible info information material data nur für les aux el los purposes purpose authorised group groups role roles person people customer's flag article's please kb wiki")
	// Everybody.
	publicWords = vocabulary("public publicly publik öffentlich oeffentlich publique público pubblico openbaar external externally extern customer customers kunde kunden client clients everyone everybody anyone anybody world worldwide anonymous guest guests visitor visitors open unrestricted unclassified user users enduser endusers end itpro developer developers")
	// Of those, who is a role with an account, and may be one of ours.
	accountWords = vocabulary("user users client clients developer developers itpro open external extern end kunde kunden")
	// Not in use.
	outWords = vocabulary("draft drafts entwurf brouillon borrador bozza rascunho kladde review reviewing reviewer pending wip progress todo proposed proposal idea unpublished unpublish archived archive archiv deprecated obsolete retired superseded expired deleted delete trash trashed removed hidden hide scheduled future rejected withdrawn withheld outdated inactive disabled planned " +
		"embargoed incomplete unfinished unreviewed unapproved unlisted declined cancelled canceled suspended paused rfc stale never not no")
	// In use.
	liveWords = vocabulary("published publish live final finished finalized approved active current currently stable released release ready complete completed done ok okay maintained available new updated update reviewed verified valid enabled visible supported beta alpha preview experimental ga rc lts public open translated official standard online up todate listed and on in ga tech technical generally")
	// What themes hide of a page that stays.
	partWords = vocabulary("toc navigation nav sidebar footer header tags breadcrumbs breadcrumb title path feedback menu edit date author comments hero banner search-bar description prev next")
	trueWords = vocabulary("true yes y on 1 ja oui si sí x enabled")
	falseSet  = vocabulary("false no n off 0 nein non disabled none never null nil")
)

func vocabulary(s string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		out[w] = true
	}
	return out
}

// wordsOf splits a key or a value into small words: at what is no letter or
// digit, and where camel case has a capital.
func wordsOf(s string) []string {
	var out []string
	var b []rune
	flush := func() {
		if len(b) > 0 {
			out = append(out, strings.ToLower(string(b)))
			b = b[:0]
		}
	}
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && (!unicode.IsMark(r) || len(b) == 0): // a mark on a sign is no word
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1])):
			flush()
		}
		b = append(b, r)
	}
	flush()
	return out
}

// kindOf says what a key is about: by the table, and else by the words it is made
// of ("for_staff_only", "isInternalDoc", "page-visibility").
func kindOf(key string) keyKind {
	ws := wordsOf(key)
	if kind := keyKinds[strings.Join(ws, "")]; kind != noKind {
		return kind
	}
	ws = spread(ws)
	for len(ws) > 1 && about[ws[0]] {
		ws = ws[1:]
	}
	for len(ws) > 1 && about[ws[len(ws)-1]] {
		ws = ws[:len(ws)-1]
	}
	if len(ws) == 0 {
		return noKind
	}
	if kind := keyKinds[strings.Join(ws, "")]; kind != noKind && kind != otherKey && kind != textKey {
		return kind
	}
	closed, inside, only, other, who := 0, 0, 0, 0, 0
	for _, w := range ws {
		switch {
		case closedWords[w]:
			closed++
		case insideWords[w]:
			inside++
		case w == "only" || w == "for" || w == "requires" || w == "required" || w == "require" || w == "restricted":
			only++
		case w == "visibility" || w == "audience" || w == "audiences" || w == "confidentiality" || w == "classification" || w == "access":
			who++
		case fillWords[w]:
		default:
			other++
		}
	}
	switch {
	case other == 0 && (closed > 0 || inside > 0 && only > 0):
		return closedFlag
	case who > 0 && other <= 1 && len(ws) <= 4:
		return whoKey
	}
	return noKind
}

// about are words before or behind a key that say no more than "of this page".
var about = vocabulary("is page article doc document content post x my the this footnote kb has flag de dc dcterms hc entry item")

// spread takes words apart that were written as one ("membersonly").
func spread(ws []string) []string {
	var out []string
	for _, w := range ws {
		parts := splitWord(w)
		if parts == nil {
			parts = []string{w}
		}
		out = append(out, parts...)
	}
	return out
}

// apart splits a word into two or three that are known; nil when it cannot.
func splitWord(w string) []string {
	for _, end := range []string{"only", "onlypage", "onlydoc", "useonly", "page", "doc", "document", "article", "content", "required", "access"} {
		head, ok := strings.CutSuffix(w, end)
		if ok && (closedWords[head] || insideWords[head]) {
			return []string{head, end}
		}
		if h, ok := strings.CutSuffix(head, "use"); ok && closedWords[h] {
			return []string{h, "use", end}
		}
	}
	for _, begin := range []string{"is", "for"} {
		if rest, ok := strings.CutPrefix(w, begin); ok {
			if closedWords[rest] {
				return []string{begin, rest}
			}
			if parts := splitWord(rest); parts != nil && len(rest) < len(w) {
				return slices.Concat([]string{begin}, parts)
			}
		}
	}
	return nil
}
