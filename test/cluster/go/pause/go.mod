module akko.test/pause

go 1.26
