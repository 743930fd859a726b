// Package item holds the lines of the monthly lists that are not price lists: the offer matrix, the Azure services, the documents. An item
// is a key and named texts, so that one life, one diff and one history serve all three; what the texts mean is the nouns' own: pkg/offer,
// pkg/service, pkg/document.
//
// It is pure: it reads no clock and no file.
package item
