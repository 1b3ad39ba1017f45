package tracking

import "testing"

// TestRecordHoldout: a row for each change, none for another start.
func TestRecordHoldout(t *testing.T) {
	t.Parallel()
	tr, _, pool := setup(t, Config{})
	for _, share := range []float64{0.1, 0.1, 0.2, 0.1} {
		tr.Holdout = share
		if err := tr.RecordHoldout(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var got []float64
	if err := pool.QueryRow(t.Context(), `SELECT array_agg(share ORDER BY since) FROM holdouts`).Scan(&got); err != nil || len(got) != 3 || got[0] != 0.1 || got[1] != 0.2 || got[2] != 0.1 {
		t.Errorf("%v, %v", got, err)
	}
}
