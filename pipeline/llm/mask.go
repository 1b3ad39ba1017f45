package llm

import "footnote/pipeline/privacy"

// masked hides what identifies a person in a request, and lets Accept and Repair see
// answers with the values put back. What Accept says against an answer is masked too:
// it goes to the ledger and the log.
func masked(r *Request) *privacy.Book {
	book := privacy.NewBook(r.Known, r.Open)
	r.User = book.Mask(r.User)
	if accept := r.Accept; accept != nil {
		r.Accept = func(raw []byte) error {
			if err := accept(book.RestoreJSON(raw)); err != nil {
				return hushed{book.Mask(err.Error()), err}
			}
			return nil
		}
	}
	if again := r.Repair; again != nil {
		r.Repair = func(rejected []byte, because error) string {
			return book.Mask(again(book.RestoreJSON(rejected), because))
		}
	}
	return book
}

// hushed is an error whose words name nobody.
type hushed struct {
	said string
	error
}

func (h hushed) Error() string { return h.said }
func (h hushed) Unwrap() error { return h.error }
