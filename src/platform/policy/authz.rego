# Who may ask OPA for what: anybody Trino's questions, as Trino asks them, and whether it is well. Nobody writes to it or asks it anything else over the
# network: not for what the answers are made of, by another rule's name or by having one explained, which is the policy itself.
package system.authz

default allow := false

allow if {
	input.method == "POST"
	input.path in [["v1", "data", "trino", question] | some question in ["allow", "batch", "rowFilters", "columnMasks"]]
	input.params == {}
}

allow if {
	input.method == "GET"
	input.path in [["health"], ["metrics"]]
}
