(class_declaration name: (type_identifier) @name) @class

(public_field_definition name: (_) @member value: (_) @value)

; import express = require('express')
(import_require_clause (identifier) @name source: (string) @module) @import.require
