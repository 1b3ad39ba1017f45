// Package policy says what a reply may promise, and how it may sound.
//
// In: a policy file (YAML, checked by Parse; docs/policy.md), and the sentences of a
// reply. Out: findings, each with who may let it pass. Everything is a pure function
// but for Keeper, which reads the file anew when it changes and keeps the last good one,
// and Store, which keeps every version that was ever in force.
//
// A sentence that speaks of a category (refund, credit, deadline, legal, medical,
// security, or one that the file defines by words) is one of three acts:
//
//	promise   to this customer: "we will refund you", "your refund is on its way"
//	policy    a rule for everybody: "refunds take 14 days"
//	refusal   "we cannot refund shipping"
//
// What they are read by stands in one table for seven languages, words.yaml. Of other
// languages nothing is read. It knows words and their order, no grammar: a promise that
// uses none of them is read as policy.
//
//	table.go     phrases and how they are found
//	act.go       sentences → acts
//	policy.go    the file → rules, or what is wrong with which line
//	check.go     rules and sentences → findings
//	style.go     how a reply sounds
//	keep.go      the policy in force
//	store.go     every version that was
package policy
