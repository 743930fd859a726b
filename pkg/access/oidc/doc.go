// Package oidc admits bearer tokens of an OpenID Connect identity provider: who acts, with which roles, is what their claims say.
package oidc
