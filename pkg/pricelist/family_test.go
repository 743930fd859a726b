package pricelist

import "testing"

func TestAFamilyIsReadFromTheTitles(t *testing.T) {
	for _, c := range []struct{ product, sku, want string }{
		{"Microsoft 365 Business Basic", "Microsoft 365 Business Basic", FamilyOffice},
		{"Office 365 E3", "", FamilyOffice},
		{"Exchange Online (Plan 1)", "", FamilyOffice},
		{"OneDrive for Business (Plan 2)", "", FamilyOffice},
		{"Microsoft Stream Plan 2 for Office 365 Add-On", "", FamilyOffice},
		{"Visio Online Plan 1", "", FamilyOffice},
		{"Project Online Essentials", "", FamilyOffice},
		{"Teams Phone", "", FamilyOffice},
		{"Domestic and International Calling Plan", "", FamilyOffice},
		{"Enterprise Mobility + Security E3", "", FamilyEMS},
		{"EMS E5", "", FamilyEMS},
		{"Microsoft Intune Device", "", FamilyEMS},
		{"Intune Suite for Microsoft 365 E5", "", FamilyEMS},
		{"Microsoft Entra ID P1", "", FamilyEMS},
		{"Azure Active Directory Premium P2", "", FamilyEMS},
		{"Azure Information Protection Plan 1", "", FamilyEMS},
		{"Dynamics 365 Business Central Essential", "", FamilyDynamics}, // "Central" is not Entra
		{"Microsoft Dynamics CRM Online", "", FamilyDynamics},
		{"Dynamics 365 for Sales Enterprise Qualified Offer for CRMOL Pro Add-On to O365 Users", "", FamilyDynamics},
		{"Dynamics 365 Team Members", "", FamilyDynamics},
		{"Extra File Storage", "Office 365 Extra File Storage", FamilyOffice},
		{"Power BI Pro", "Power BI Pro", FamilyOther},
		{"Windows 365 Enterprise", "", FamilyOther},
		{"Windows 10 Enterprise E3", "", FamilyOther},
		{"Systems and items", "", FamilyOther}, // "ems" is only the end of words
		{"Backoffice", "MyOffice365", FamilyOther},
		{"", "", FamilyOther},
		{"DYNAMICS 365 İ", "", FamilyDynamics},
	} {
		line := Line{Attributes: Attributes{ProductTitle: c.product, SKUTitle: c.sku}}
		if got := line.Family(); got != c.want {
			t.Errorf("%q, %q is of family %s, want %s", c.product, c.sku, got, c.want)
		}
	}
}

func TestAFamilyIsOneOfThose(t *testing.T) {
	known := map[string]bool{}
	for _, f := range Families() {
		known[f] = true
	}
	for _, title := range []string{"Office 365", "ems", "Dynamics", "x", "\xff ems \xff"} {
		if f := (Line{Attributes: Attributes{ProductTitle: title}}).Family(); !known[f] {
			t.Errorf("%q is of family %q", title, f)
		}
	}
	if len(known) != 4 {
		t.Error(Families())
	}
}
