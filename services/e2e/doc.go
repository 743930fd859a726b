// Package e2e tests Pricewire as its users meet it: the built program, real servers, real faults. It also keeps the rule of the house.
package e2e
