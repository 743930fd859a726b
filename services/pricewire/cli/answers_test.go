package cli

// What a server answers, in the documented shapes.
const (
	aRelease = `{"id":"license-us-2026-12-r1","list":"license","market":"US","month":"2026-12","revision":1,"state":"draft","kind":"full",
		"effective_at":"2026-12-01T00:00:00Z","publish_at":"2026-11-01T00:00:00Z","published_at":null,"created_by":"alice","submitted_by":"","approved_by":"",
		"lines":4370,"checksum":"","content":"c0","notice":{"policy":"days:30","days":30,"short":false,"reason":""},
		"diff":{"added":58,"price_changed":105,"changed":77,"ending":0,"removed":0,"unchanged":4130},
		"problems":[{"severity":"warning","rule":"price-moved","sheet":"USD","row":7,"column":"UnitPrice","value":"12","text":"it moved by 30 %"}],
		"acknowledged":[{"rule":"price-moved","by":"alice","at":"2026-10-20T08:00:00Z"}],"baseline":false,"predecessor":"license-us-2026-11-r1","supersedes":"",
		"superseded_by":"","held":"","corrects":"","retroactive":false,"follows_publication":false,"backfilled":false,"reason":"","set":"december-2026",
		"withdrawals":[{"n":1,"by":"bob","at":"2026-11-05T00:00:00Z","reason":"by mistake","retroactive":false,"lines":0,"known_at":null,"from":null,"in_force":"","pending":true}]}`
	aLint = `{"lines":4370,"predecessor":"license-us-2026-11-r1","diff":{"added":58,"price_changed":105,"changed":0,"ending":0,"removed":0,"unchanged":4130},
		"errors":1,"warnings":0,"notes":0,"problems":[{"severity":"error","rule":"not-a-number","row":7,"column":"UnitPrice","value":"x","text":"it is no number"}]}`
	aDiff = `{"release":"license-us-2026-12-r1","against":"license-us-2026-11-r1","planned":true,
		"summary":{"added":1,"price_changed":1,"changed":1,"ending":1,"removed":0,"unchanged":4},"renamed":1,
		"totals":[{"by":"product","name":"Suite","added":1,"price_changed":1,"changed":1,"ending":1,"removed":0,"unchanged":0},
			{"by":"segment","name":"Commercial","added":1,"price_changed":1,"changed":1,"ending":1,"removed":0,"unchanged":0}],
		"lines":[
		{"identity":{"market":"US","currency":"USD","product":"CFQ7TTC0LH18","sku":"0001","term":"P1M","billing":"Monthly","tier":"0"},"change":"price_changed","renamed":false,
			"before":{"unit_price":"6.00","erp_price":"7.50","product_title":"Suite","sku_title":"Basic","segment":"Commercial","starts_at":null},
			"after":{"unit_price":"6.60","erp_price":"8.25","product_title":"Suite","sku_title":"Basic","segment":"Commercial","starts_at":"2026-12-01T00:00:00Z"},
			"move":{"unit_amount":"0.60","unit_percent":"10","erp_amount":"0.75","erp_percent":"10"}},
		{"identity":{"market":"US","currency":"USD","product":"CFQ7TTC0LH18","sku":"0002","term":"P1M","billing":"Monthly","tier":"0"},"change":"changed","renamed":true,
			"before":{"unit_price":"6.00","erp_price":"7.50","product_title":"Suite","sku_title":"Plus","segment":"Commercial"},
			"after":{"unit_price":"6.00","erp_price":"7.50","product_title":"Suite","sku_title":"Plus (new)","segment":"Commercial"},
			"move":{"unit_amount":"0.00","unit_percent":"0","erp_amount":"0.00","erp_percent":"0"}},
		{"identity":{"market":"US","currency":"USD","product":"CFQ7TTC0LH19","sku":"0001","term":"P1Y","billing":"Annual","tier":"0"},"change":"added","renamed":false,"before":null,
			"after":{"unit_price":"60.00","erp_price":"75.00","product_title":"Suite","sku_title":"Extra","segment":"Commercial"},"move":null},
		{"identity":{"market":"US","currency":"USD","product":"CFQ7TTC0LH20","sku":"0001","term":"P1Y","billing":"Annual","tier":"0"},"change":"ending","renamed":false,
			"before":{"unit_price":"60.00","erp_price":"75.00","product_title":"Suite","sku_title":"Old","segment":"Commercial","ends_at":null},
			"after":{"unit_price":"60.00","erp_price":"75.00","product_title":"Suite","sku_title":"Old","segment":"Commercial","ends_at":"2027-01-01T00:00:00Z"},"move":null}]}`
	anItemDiff = `{"release":"offers-ww-2026-12-r1","against":"","planned":false,"summary":{"added":1,"price_changed":0,"changed":1,"ending":0,"removed":1,"unchanged":0},
		"renamed":0,"totals":[],"lines":[],"items":[
		{"key":"CFQ7TTC0LH18/0001","change":"changed","before":{"product_title":"Suite","allowed_countries":"AD;AE;RU"},"after":{"product_title":"Suite","allowed_countries":"AD;AE;JP","max_licenses":"300"}},
		{"key":"CFQ7TTC0LH19/0001","change":"added","before":null,"after":{"product_title":"Suite","sku_title":"Extra"}},
		{"key":"CFQ7TTC0LH20/0001","change":"removed","before":{"product_title":"Old"},"after":null}]}`
	aSet     = `{"name":"december-2026","releases":[` + aRelease + `]}`
	aSetLint = `{"files":[{"file":"US.csv","market":"US","lines":4370,"errors":0,"warnings":1,"notes":0,"predecessor":"","diff":{"added":0},
		"problems":[{"severity":"warning","rule":"lines-gone","row":0,"column":"","value":"","text":"lines are gone"}]},
		{"file":"DE.csv","market":"DE","lines":4,"errors":0,"warnings":0,"notes":0,"problems":[]}],"errors":0,"warnings":1,"notes":0}`
	aReview = `{"name":"december-2026","releases":[{"release":"license-us-2026-12-r1","against":"license-us-2026-11-r1","summary":{"added":58,"price_changed":105,"changed":77,
		"ending":0,"removed":0,"unchanged":4130},"renamed":70,"totals":[]}],
		"odd":[{"release":"license-us-2026-12-r1","identity":{"market":"US","currency":"USD","product":"CFQ7TTC0LH18","sku":"0001","term":"P1M","billing":"Monthly","tier":"0"},
		"change":"price_changed","percent":"20","usual":"price_changed","usual_percent":"10","others":11,"of":12}]}`
	aCalendar = `{"items":[
		{"list":"license","market":"US","month":"2026-11","stage":"out","missing":false,"release":"license-us-2026-11-r1","revision":1,"effective_at":"2026-11-01T00:00:00Z","publish_at":"2026-10-01T00:00:00Z","days_left":0},
		{"list":"license","market":"US","month":"2026-12","stage":"in_review","missing":true,"release":"license-us-2026-12-r1","revision":1,"effective_at":"2026-12-01T00:00:00Z","publish_at":"2026-11-01T00:00:00Z","days_left":3},
		{"list":"license","market":"US","month":"2027-01","stage":"awaited","missing":false,"release":"","revision":1,"effective_at":"2027-01-01T00:00:00Z","publish_at":"2026-12-02T00:00:00Z","days_left":34},
		{"list":"documents","market":"WW","month":"2026-12","stage":"missing","missing":true,"release":"","revision":1,"effective_at":"2026-12-01T00:00:00Z","publish_at":"2026-10-27T00:00:00Z","days_left":-2}],"next":null}`
	prices = `{"items":[{"market":"US","currency":"USD","product":"CFQ7TTC0LH18","sku":"0001","term":"P1M","billing":"Monthly","tier":"0","unit_price":"6.00","erp_price":"7.50",
		"product_title":"Suite","valid_from":null,"valid_to":null,"release":"license-us-2026-11-r1"}],"next":null}`
	priceDiffs = `{"items":[{"market":"US","currency":"USD","product":"CFQ7TTC0LH18","sku":"0001","term":"P1M","billing":"Monthly","tier":"0","change":"price_changed",
		"before":{"unit_price":"6.00","erp_price":"7.50","release":"license-us-2026-11-r1"},"after":{"unit_price":"6.60","erp_price":"8.25","release":"license-us-2026-12-r1"}}],"next":null}`
	rateDiffs = `{"items":[{"meter_id":"M","sku_id":"S","tier":"0","currency":"USD","change":"price_changed","amount":"1.00","percent":"50","before":{"price":"2.00"},
		"after":{"price":"3.00","meter_name":"D2"}}],"next":null}`
	rateRestatements = `{"items":[{"meter_id":"M","sku_id":"S","tier":"0","currency":"USD","from":"2026-01-01T00:00:00Z","to":"2026-01-15T00:00:00Z","said":{"price":null},
		"says":{"price":"3.00","known_at":"2026-01-15T00:00:00Z"}}],"next":null}`
	rateSeries = `{"items":[{"meter_id":"M","tier":"0","currency":"USD","steps":[{"at":"2026-01-01T00:00:00Z","price":null},{"at":"2026-02-01T00:00:00Z","price":"3.00"}],"whole":2}]}`
	offers     = `{"items":[{"market":"WW","key":"CFQ7TTC0LH18/0001","product_title":"Suite","product":"CFQ7TTC0LH18","sku":"0001","min_licenses":"1","max_licenses":"300",
		"allowed_countries":"AD;AE","valid_from":"2026-12-01T00:00:00Z","valid_to":null,"known_at":"2026-11-01T00:00:00Z","release":"offers-ww-2026-12-r1","in_force":"offers-ww-2026-12-r1"}],"next":null}`
	services = `{"items":[{"market":"WW","key":"virtual machines","service":"Virtual Machines","category":"Compute","usage_names":"Microsoft.Compute",
		"valid_from":"2026-12-01T00:00:00Z","valid_to":null,"known_at":"2026-11-01T00:00:00Z","release":"services-ww-2026-12-r1","in_force":"services-ww-2026-12-r1"}],"next":null}`
	documents = `{"items":[` + aDocument + `],"next":null}`
	aDocument = `{"market":"WW","key":"partner-agreement/ja/japan","kind":"partner-agreement","title":"Agreement","version":"2026-10","language":"ja","link":"https://example.com/ja",
		"markets":"japan","valid_from":"2026-12-01T00:00:00Z","valid_to":null,"known_at":"2026-11-01T00:00:00Z","release":"documents-ww-2026-12-r1","in_force":"documents-ww-2026-12-r1"}`
	orderables = `{"items":[
		{"key":"CFQ7TTC0LH18/0001","product":"CFQ7TTC0LH18","sku":"0001","title":"Suite, Basic","orderable":true,"missing":[],"prerequisites":[],"includes":["Mail","Files"],
			"terms":[{"term":"P1M","billing":"Monthly"},{"term":"P1Y","billing":"Annual"}],"min_licenses":1,"max_licenses":300},
		{"key":"CFQ7TTC0LH19/0001","product":"CFQ7TTC0LH19","sku":"0001","title":"Add-on","orderable":false,
			"missing":[{"reason":"not-in-matrix","text":"the offer matrix does not hold it"},{"reason":"country-not-allowed","text":"not in US"}],
			"prerequisites":[{"key":"CFQ7TTC0LH18/0001","title":"Suite, Basic","orderable":true}],"includes":[],"terms":[],"min_licenses":0,"max_licenses":null}],"next":null}`
	releases = `{"items":[` + aRelease + `],"next":null}`
	aLog     = `{"items":[{"at":"2026-10-20T08:00:00Z","who":"alice","what":"created","reason":""}],"next":null}`
)
