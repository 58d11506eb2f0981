; What the names of a file stand for. Node kinds that all dialects share.

(variable_declarator name: (_) @name value: (_) @value)

(variable_declarator name: (identifier) @unset !value)

(assignment_expression left: (identifier) @assigned right: (_) @value)

(assignment_expression
  left: (member_expression object: (this) property: (_) @member)
  right: (_) @value)

(function_declaration name: (identifier) @name) @function

(generator_function_declaration name: (identifier) @name) @function

(import_statement source: (string) @module) @import

(formal_parameters) @parameters

(arrow_function parameter: (identifier) @parameter)
