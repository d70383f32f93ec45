# Who may do what in Trino, by the declared access model (data.access), which is also what one machine answers from.
# The model says what each role may; the roles are the groups that Trino takes from the user's token.
package trino

operation := input.action.operation

user := input.context.identity.user

# What the user's roles grant. No role, or an unknown one: nothing.
grants contains grant if {
	some role in input.context.identity.groups
	grant := data.access.roleGrants[role]
}

default some_role := false

some_role if count(grants) > 0

default administrator := false

administrator if {
	some grant in grants
	grant.all
}

default allow := false

allow if permitted(object.get(input.action, "resource", {}))

# Many resources in one question: which of them, by their place in the list.
batch contains i if {
	operation != "FilterColumns"
	some i, resource in input.action.filterResources
	permitted(resource)
}

# All columns of one table; what must not be seen clear is masked, not hidden.
batch contains i if {
	operation == "FilterColumns"
	some resource in input.action.filterResources
	permitted(resource)
	some i, _ in resource.table.columns
}

# Trino names the impersonator's groups, never those of the user who is impersonated: nobody may. Tools exchange tokens instead.
permitted(_) if {
	administrator
	operation != "ImpersonateUser"
}

permitted(_) if {
	operation in {"ExecuteQuery", "AccessCatalog", "FilterCatalogs", "ShowSchemas", "SetSystemSessionProperty", "SetCatalogSessionProperty"}
	some_role
}

permitted(resource) if {
	operation in {"ViewQueryOwnedBy", "FilterViewQueryOwnedBy", "KillQueryOwnedBy"}
	resource.user.user == user
}

permitted(resource) if {
	operation in {"FilterSchemas", "ShowTables", "ShowCreateSchema", "ShowFunctions"}
	lists(resource.schema)
}

permitted(resource) if {
	operation in {"FilterTables", "FilterColumns", "ShowColumns", "ShowCreateTable"}
	lists(resource.table)
}

permitted(resource) if {
	operation in {"SelectFromColumns", "CreateViewWithSelectFromColumns"}
	selects(resource.table)
}

permitted(resource) if {
	operation in {
		"CreateTable", "DropTable", "SetTableProperties", "SetTableComment", "SetColumnComment",
		"AddColumn", "AlterColumn", "DropColumn", "RenameColumn", "ExecuteTableProcedure",
		"InsertIntoTable", "DeleteFromTable", "TruncateTable", "UpdateTableColumns",
		"CreateView", "DropView", "SetViewComment",
		"CreateMaterializedView", "RefreshMaterializedView", "DropMaterializedView",
		"SetMaterializedViewProperties", "SetMaterializedViewComment",
	}
	writes(resource.table)
}

permitted(resource) if {
	operation in {"RenameTable", "RenameView", "RenameMaterializedView"}
	writes(resource.table)
	writes(input.action.targetResource.table)
}

# Trino's own functions. Those of catalogues read past masks and filters (query, table_changes): for administrators.
permitted(resource) if {
	operation in {"ExecuteFunction", "FilterFunctions", "CreateViewWithExecuteFunction"}
	resource.function.catalogSchema.catalogName == "system"
	resource.function.catalogSchema.schemaName == "builtin"
	some_role
}

# It asks whether the query may be killed by itself.
permitted(resource) if {
	operation == "ExecuteProcedure"
	resource.function.catalogSchema.catalogName == "system"
	resource.function.catalogSchema.schemaName == "runtime"
	resource.function.functionName == "kill_query"
	some_role
}

lists(at) if tells(at)

lists(at) if count(readers(at)) > 0

selects(table) if tells(table)

selects(table) if {
	count(readers(table)) > 0
	not hidden(table)
}

# What lies beside a table's rows (its files' bounds, its partitions) holds values that are masked or filtered in the rows.
hidden(table) if {
	contains(table.tableName, "$")
	restricted(table)
}

restricted(table) if {
	sees_masked(table)
	some class in data.access.classified
	covered(class.schemas, table)
}

restricted(table) if count(filters(table)) > 0

# Names of things, of which Trino shows each user what the filters above leave.
tells(at) if {
	at.schemaName == "information_schema"
	some_role
}

tells(at) if {
	at.catalogName == "system"
	at.schemaName in {"jdbc", "metadata", "builtin"}
	some_role
}

tells(at) if {
	at.catalogName == "system"
	at.schemaName == "runtime"
	object.get(at, "tableName", "queries") == "queries"
	some_role
}

readers(at) := {grant |
	some grant in grants
	at.catalogName != "system"
	covered(array.concat(object.get(grant, "read", []), object.get(grant, "write", [])), at)
}

writes(table) if {
	table.catalogName != "system"
	some grant in grants
	covered(grant.write, table)
}

# A pattern covers the namespace that it names and all that is nested in it, however that is spelled: the one rule of grants,
# masks and row filters, as one machine has it.
matches(pattern, at) if {
	wanted := split(lower(pattern), ".")
	levels := array.concat([lower(at.catalogName)], split(lower(at.schemaName), "."))
	count(wanted) <= count(levels)
	every i, name in wanted {
		name in {"*", levels[i]}
	}
}

covered(patterns, at) if {
	some pattern in patterns
	matches(pattern, at)
}

sees_masked(at) if {
	not administrator
	every grant in readers(at) {
		not grant.clear
	}
}

column_of(column) := concat("", ["\"", replace(column, "\"", "\"\""), "\""])

sees_filtered(at) if {
	not administrator
	every grant in readers(at) {
		grant.filtered
	}
}

# Trino does not say which columns the table has: without the column, the filtered cannot read it.
filters(at) := {expression |
	sees_filtered(at)
	some filter in data.access.rowFilters
	covered(filter.schemas, at)
	expression := replace(filter.filter, "{column}", column_of(filter.column))
}

rowFilters contains {"expression": expression} if some expression in filters(input.action.resource.table)

# The same for all columns of a table, so that what depends on it alone is answered once.
place(column) := {"catalogName": column.catalogName, "schemaName": column.schemaName}

# Where two classes name one column, the first declared counts.
class_of(column) := data.access.classified[min(found)] if {
	found := {i |
		some i, class in data.access.classified
		lower(class.column) == lower(column.columnName)
		covered(class.schemas, place(column))
	}
	count(found) > 0
}

# Whether the column's type holds, at any depth, a field of this name. Trino writes `row(name type, name type)`, with or without quotes.
holds(column, name) if {
	some before in ["(", ","]
	contains(row_type(column.columnType), concat("", [before, lower(name), " "]))
}

row_type(type) := written if {
	written := replace(replace(lower(type), "\"", ""), ", ", ",")
	contains(written, "row(")
}

# What holds a classified field, or the mark of a filter, is taken whole.
taken(column) if {
	at := place(column)
	sees_masked(at)
	some class in data.access.classified
	covered(class.schemas, at)
	holds(column, class.column)
}

taken(column) if {
	at := place(column)
	sees_filtered(at)
	some filter in data.access.rowFilters
	covered(filter.schemas, at)
	holds(column, filter.column)
}

masking(column) := "NULL" if taken(column)

masking(column) := expression if {
	not taken(column)
	sees_masked(place(column))
	class := class_of(column)
	expression := replace(object.get(data.access.masks, class["as"], "NULL"), "{column}", column_of(column.columnName))
}

# A mask has the column's type, length and all.
mask(column) := concat("", ["CAST(", masking(column), " AS ", column.columnType, ")"])

columnMasks contains {"index": i, "viewExpression": {"expression": expression}} if {
	some i, resource in input.action.filterResources
	expression := mask(resource.column)
}
