// Package format tells files of usage rates apart by their first bytes and has each read by the reader it needs.
//
// It must not know what a row means, and does not read retail prices: the package azure does, which crawls need as well.
package format
