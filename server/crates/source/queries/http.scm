; Comparisons by which a plain HTTP server tells its routes apart.

(binary_expression operator: ["===" "==" "!==" "!="]) @comparison

(switch_statement) @switch

(call_expression
  function: (member_expression property: (property_identifier) @verb)
  arguments: (arguments . (string) .)
  (#eq? @verb "startsWith")) @prefix
