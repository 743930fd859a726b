package document

import "testing"

func FuzzALineStaysAsItWasMade(f *testing.F) {
	f.Add("Partner Agreement", "2026-10", "zh_hant", "Europe, Middle East and Africa,JP;ww")
	f.Add("guide", "1.10", "en-u-ca-x", "KOREA|us")
	f.Fuzz(func(t *testing.T, kind, version, language, markets string) {
		made, _ := Make(guide("kind="+kind, "version="+version, "language="+language, "markets="+markets))
		if again, _ := Make(made.Values); made.Compare(again) != 0 {
			t.Fatalf("%s became %s", written(made), written(again))
		}
		if compareVersions(version, language) != -compareVersions(language, version) {
			t.Fatalf("%q and %q have no order", version, language)
		}
	})
}
