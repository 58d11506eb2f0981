; Calls that may register a route, mount a router or make a server. What the receiver is, is decided afterwards.

(call_expression
  function: (member_expression object: (_) @receiver property: (property_identifier) @verb)
  arguments: (arguments) @arguments
  (#any-of? @verb
    "get" "head" "post" "put" "patch" "delete" "del" "options" "trace" "connect" "all"
    "on" "addListener" "use" "route" "register" "prefix" "createServer")) @call

(call_expression
  function: (identifier) @create
  arguments: (arguments) @arguments
  (#eq? @create "createServer")) @call
