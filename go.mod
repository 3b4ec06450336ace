module srr

go 1.26
