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

# Those of one table that may be selected; what must not be seen clear is masked, not hidden.
batch contains i if {
	operation == "FilterColumns"
	some resource in input.action.filterResources
	permitted(resource)
	at := place(resource.table)
	some i, column in resource.table.columns
	shows(at, column)
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
	operation in {"FilterSchemas", "ShowTables", "ShowFunctions"}
	knows(resource.schema)
}

permitted(resource) if {
	operation == "ShowCreateSchema"
	lists(resource.schema)
}

permitted(resource) if {
	operation in {"FilterTables", "FilterColumns", "ShowColumns"}
	lists(resource.table)
}

# It names all columns.
permitted(resource) if {
	operation == "ShowCreateTable"
	lists(resource.table)
	shows_all(place(resource.table))
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

knows(at) if tells(at)

# Whose schema, or a table in it, a role reads.
knows(at) if {
	at.catalogName != "system"
	some grant in grants
	some item in listed(grant)
	reaches(item, at)
}

lists(at) if tells(at)

lists(at) if count(readers(at)) > 0

selects(table) if tells(table)

selects(table) if {
	at := place(table)
	count(readers(at)) > 0
	not hidden(at)
	every column in object.get(table, "columns", []) {
		sees(at, column)
	}
}

# What lies beside a table's rows (its files' bounds, its partitions) holds values that are masked, filtered or of other columns in the rows.
hidden(table) if {
	contains(table.tableName, "$")
	restricted(table)
}

restricted(table) if not sees_all(table)

restricted(table) if count(veiled(table)) > 0

restricted(table) if count(filters(table)) > 0

shows(at, _) if tells(at)

shows(at, column) if sees(at, column)

shows_all(at) if tells(at)

shows_all(at) if sees_all(at)

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
	some item in listed(grant)
	is_of(item, at)
}

# To write includes to read.
listed(grant) := array.concat(object.get(grant, "read", []), object.get(grant, "write", []))

writes(table) if {
	table.catalogName != "system"
	some grant in grants
	some item in grant.write
	is_of(item, table)
}

# A grant is of a schema, or of a table in one, perhaps of some of its columns.
is_of(item, at) if {
	is_string(item)
	matches(item, at)
}

is_of(item, at) if {
	is_object(item)
	exactly(split(lower(item.table), "."), array.concat(levels_of(at), [table_of(at)]))
}

reaches(item, at) if {
	is_string(item)
	matches(item, at)
}

reaches(item, at) if {
	is_object(item)
	wanted := split(lower(item.table), ".")
	exactly(array.slice(wanted, 0, count(wanted) - 1), levels_of(at))
}

# What lies beside a table of the lake goes with the table.
table_of(at) := split(lower(at.tableName), "$")[0] if lower(at.catalogName) == "iceberg"

table_of(at) := lower(at.tableName) if lower(at.catalogName) != "iceberg"

levels_of(at) := array.concat([lower(at.catalogName)], split(lower(at.schemaName), "."))

# A pattern covers the namespace that it names and all that is nested in it, however that is spelled: the one rule of grants,
# masks and row filters, as one machine has it.
matches(pattern, at) if {
	wanted := split(lower(pattern), ".")
	levels := levels_of(at)
	count(wanted) <= count(levels)
	begins(wanted, levels)
}

exactly(wanted, levels) if {
	count(wanted) == count(levels)
	begins(wanted, levels)
}

begins(wanted, levels) if {
	every i, name in wanted {
		name in {"*", levels[i]}
	}
}

# Of which tables a class or a filter speaks.
applies(rule, at) if {
	some pattern in rule.schemas
	matches(pattern, at)
	names(rule, at)
}

names(rule, _) if not rule.tables

names(rule, at) if {
	some name in rule.tables
	lower(name) in {"*", table_of(at)}
}

# What a role's grants leave of a table.
whole(grant, at) if {
	some item in listed(grant)
	is_of(item, at)
	not is_part(item)
}

is_part(item) if {
	is_object(item)
	item.columns
}

columns(grant, at) := {lower(name) |
	some item in listed(grant)
	is_object(item)
	is_of(item, at)
	some name in item.columns
}

reads(grant, at, _) if whole(grant, at)

reads(grant, at, column) if lower(column) in columns(grant, at)

sees_all(_) if administrator

sees_all(at) if {
	some grant in readers(at)
	whole(grant, at)
}

sees(_, _) if administrator

sees(at, column) if {
	some grant in readers(at)
	reads(grant, at, column)
}

# Personal data of a class is shown as it is to whom a role lets see it, in the columns that this role reads.
clears(grant, _) if grant.clear == true

clears(grant, class) if class in grant.clear

clear_whole(_, _) if administrator

clear_whole(at, class) if {
	some grant in readers(at)
	clears(grant, class)
	whole(grant, at)
}

clear_in(_, _, _) if administrator

clear_in(at, column, class) if {
	some grant in readers(at)
	clears(grant, class)
	reads(grant, at, column)
}

# All rows of a table see those whose roles that are not filtered read as much of it as all their roles together.
sees_filtered(at) if {
	not administrator
	not sees_all_rows(at)
}

sees_all_rows(at) if {
	some grant in unfiltered(at)
	whole(grant, at)
}

sees_all_rows(at) if {
	count(readers(at)) > 0
	not sees_all(at)
	count(columns_of(readers(at), at) - columns_of(unfiltered(at), at)) == 0
}

unfiltered(at) := {grant | some grant in readers(at); not grant.filtered}

columns_of(roles, at) := {column | some grant in roles; some column in columns(grant, at)}

column_of(column) := concat("", ["\"", replace(column, "\"", "\"\""), "\""])

# Those of which a filtered role of his that reads the table is meant.
filtering(at) := [filter |
	sees_filtered(at)
	some filter in data.access.rowFilters
	applies(filter, at)
	is_for_some(filter, at)
]

is_for_some(filter, at) if {
	some role in filtered_readers(at)
	is_for(filter, role)
}

is_for(filter, _) if not filter.roles

is_for(filter, role) if role in filter.roles

filtered_readers(at) := {role |
	some role in input.context.identity.groups
	data.access.roleGrants[role].filtered
	data.access.roleGrants[role] in readers(at)
}

# Rows of a role are shown in the columns of all of them: only one that reads them all adds its rows to those of another.
whole_readers(at) := {role |
	some role in filtered_readers(at)
	grant := data.access.roleGrants[role]
	reads_whole(grant, at)
}

reads_whole(grant, at) if whole(grant, at)

reads_whole(grant, at) if {
	not sees_all(at)
	count(columns_of(readers(at), at) - columns(grant, at)) == 0
}

# Whether his roles leave different rows, one of which may add to those of another.
differs(at) if {
	count(whole_readers(at)) > 0
	some filter in filtering(at)
	some role in filtered_readers(at)
	not is_for(filter, role)
}

way(role, at) := concat(" AND ", [text |
	some filter in filtering(at)
	is_for(filter, role)
	text := concat("", ["(", expression_of(filter), ")"])
])

ways(at) := {way(role, at) | some role in whole_readers(at)}

expression_of(filter) := replace(filter.filter, "{column}", column_of(filter.column))

# Trino does not say which columns the table has: without the column, the filtered cannot read it.
filters(at) := {expression_of(filter) | some filter in filtering(at)} if not differs(at)

filters(at) := {text |
	not "" in ways(at)
	text := concat(" OR ", ways(at))
} if {
	differs(at)
}

rowFilters contains {"expression": expression} if some expression in filters(place(input.action.resource.table))

# The same for all columns of a table, so that what depends on it alone is answered once.
place(column) := {"catalogName": column.catalogName, "schemaName": column.schemaName, "tableName": column.tableName}

# Where two classes name one column, the first declared counts.
classes_by_column(at) := {name: found[0] |
	some class in classes(at)
	name := lower(class.column)
	found := [other["as"] | some other in classes(at); lower(other.column) == name]
}

classes(at) := [class | some class in data.access.classified; applies(class, at)]

# Those of which a part at least is masked.
veiled(at) := [class | some class in classes(at); not clear_whole(at, class["as"])]

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
	some class in veiled(at)
	holds(column, class.column)
	not clear_in(at, column.columnName, class["as"])
}

taken(column) if {
	some filter in filtering(place(column))
	holds(column, filter.column)
}

masking(column) := "NULL" if taken(column)

masking(column) := expression if {
	not taken(column)
	class := classes_by_column(place(column))[lower(column.columnName)]
	not clear_in(place(column), column.columnName, class)
	expression := replace(object.get(data.access.masks, class, "NULL"), "{column}", column_of(column.columnName))
}

# A mask has the column's type, length and all.
mask(column) := concat("", ["CAST(", masking(column), " AS ", column.columnType, ")"])

columnMasks contains {"index": i, "viewExpression": {"expression": expression}} if {
	some i, resource in input.action.filterResources
	sees(place(resource.column), resource.column.columnName)
	expression := mask(resource.column)
}
