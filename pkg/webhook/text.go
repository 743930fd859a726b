package webhook

import "strconv"

// String is the verdict in one word.
func (v Verdict) String() string {
	switch v {
	case Delivered:
		return "delivered"
	case Waits:
		return "waits"
	case Pauses:
		return "paused"
	case Gone:
		return "gone"
	}
	return ""
}

// statusText is an HTTP status with its usual words, as far as they tell a person more.
func statusText(status int) string {
	words := map[int]string{
		301: "moved permanently", 302: "found", 307: "temporary redirect", 308: "permanent redirect", 400: "bad request", 401: "unauthorized", 403: "forbidden",
		404: "not found", 408: "request timeout", 410: "gone", 413: "too large", 429: "too many requests", 500: "internal server error", 502: "bad gateway",
		503: "unavailable", 504: "gateway timeout",
	}[status]
	if words == "" {
		return strconv.Itoa(status)
	}
	if status >= 300 && status < 400 {
		words += ", and redirects are not followed"
	}
	return strconv.Itoa(status) + " " + words
}
