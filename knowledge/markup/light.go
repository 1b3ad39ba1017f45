package markup

func rstToHTML(body string, a *account) string                                { return "" }
func asciidocToHTML(body string, values map[string]string, a *account) string { return "" }
func textileToHTML(body string) string                                        { return "" }
