package measure

// Band is what people decided on proposals of one fifth of probability.
type Band struct {
	From     float64 `json:"from"`
	Decided  int     `json:"decided"`  // approved, edited or rejected
	Approved int     `json:"approved"` // as drafted or edited
}
