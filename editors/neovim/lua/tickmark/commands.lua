--- `:Tickmark …`. What can be done at a place is asked of the server: its code actions and lenses carry the commands.
local server = require('tickmark.server')

local M = {}

local function notify(message, level)
  vim.notify('Tickmark: ' .. message, level or vim.log.levels.INFO)
end

--- The server of the current buffer, else the only one there is.
---@return vim.lsp.Client?
local function client_here()
  local clients = server.clients(vim.api.nvim_get_current_buf())
  if #clients == 0 then
    clients = server.clients()
  end
  if #clients == 0 then
    notify((server.problem or 'no server runs') .. ': open a JavaScript or TypeScript file, or `:Tickmark restart`', vim.log.levels.WARN)
  end
  return clients[1]
end

--- The commands of the code actions at the cursor.
---@param client vim.lsp.Client
---@param done fun(commands: lsp.Command[])
local function commands_at_cursor(client, done)
  local buffer = vim.api.nvim_get_current_buf()
  local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
  params.context = { diagnostics = {}, only = { 'source.tickmark' } }
  server.request(client, 'textDocument/codeAction', params, buffer, function(err, actions)
    if err then
      notify(err.message, vim.log.levels.ERROR)
      return
    end
    local commands = {}
    for _, action in ipairs(actions or {}) do
      -- Either a plain command or an action with one.
      local command = type(action.command) == 'table' and action.command or action
      if type(command.command) == 'string' then
        commands[#commands + 1] = { title = action.title, command = command.command, arguments = command.arguments }
      end
    end
    done(commands)
  end)
end

---@param lenses? lsp.CodeLens[]
---@param line? integer Only of lenses that are shown on this 0-based line.
---@return lsp.Command[]
local function commands_of(lenses, line)
  local commands = {}
  for _, lens in ipairs(lenses or {}) do
    if not line or lens.range.start.line == line then
      commands[#commands + 1] = lens.command
    end
  end
  return commands
end

--- The commands of all lenses of the current file, and of those on the cursor's line.
---@param client vim.lsp.Client
---@param done fun(commands: lsp.Command[], here: lsp.Command[])
local function commands_of_file(client, done)
  local buffer = vim.api.nvim_get_current_buf()
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local params = { textDocument = vim.lsp.util.make_text_document_params(buffer) }
  server.request(client, 'textDocument/codeLens', params, buffer, function(err, lenses)
    if err then
      notify(err.message, vim.log.levels.ERROR)
      return
    end
    done(commands_of(lenses), commands_of(lenses, line))
  end)
end

---@param commands lsp.Command[]
---@param names string[]
---@return lsp.Command[]
local function named(commands, names)
  return vim.tbl_filter(function(command)
    return vim.list_contains(names, command.command)
  end, commands)
end

--- What a command measures, as `:Tickmark profile` takes it: `GET /hello`, or `entry`.
---@param command lsp.Command
---@return string
local function target(command)
  local argument = command.arguments and command.arguments[1] or {}
  return argument.method and argument.path and argument.method .. ' ' .. argument.path or 'entry'
end

--- Does the only one of these commands, or the one that is chosen.
---@param client vim.lsp.Client
---@param commands lsp.Command[]
---@param prompt string
---@param none string What to say when there is none.
local function choose(client, commands, prompt, none)
  if #commands == 0 then
    notify(none, vim.log.levels.WARN)
    return
  end
  local function run(command)
    if command then
      server.execute(client, command, function()
        server.refresh(client)
      end)
    end
  end
  if #commands == 1 then
    run(commands[1])
    return
  end
  vim.ui.select(commands, {
    prompt = prompt,
    kind = 'tickmark',
    format_item = function(command)
      -- Titles of different routes may read the same.
      local what = target(command)
      local told = what == 'entry' or command.title:find(what, 1, true)
      return told and command.title or command.title .. ' · ' .. what
    end,
  }, run)
end

--- `verb` what the cursor is on, or what the words name.
---@param verb string
---@param names { route: string, entry?: string } Commands of the server.
---@return fun(words: string[])
local function measure(verb, names)
  return function(words)
    local client = client_here()
    if not client then
      return
    end
    if not vim.list_contains(vim.tbl_get(client.server_capabilities, 'executeCommandProvider', 'commands') or {}, names.route) then
      notify(('this server cannot %s: install a newer one (:checkhealth tickmark)'):format(verb), vim.log.levels.ERROR)
      return
    end
    local wanted = table.concat(words, ' ')
    local kinds = names.entry and ': no route, no entry' or ': no route'
    local none = ('there is nothing to %s in this file%s'):format(verb, wanted ~= '' and ' that is ' .. wanted or kinds)
    local prompt = verb:sub(1, 1):upper() .. verb:sub(2)
    local both = { names.route, names.entry }
    commands_of_file(client, function(all, on_line)
      if wanted ~= '' then
        all = vim.tbl_filter(function(command)
          return target(command):lower() == wanted:lower()
        end, named(all, both))
        choose(client, all, prompt, none)
        return
      end
      -- Beside the lens itself, the handler counts. The program can be measured from anywhere: routes come first.
      local routes = named(on_line, { names.route })
      if #routes > 0 then
        choose(client, routes, prompt, none)
        return
      end
      commands_at_cursor(client, function(here)
        routes = named(here, { names.route })
        choose(client, #routes > 0 and routes or named(all, both), prompt, none)
      end)
    end)
  end
end

--- Does what the server offers about the benchmark of the route at the cursor, else of one that is chosen.
---@param name string Command of the server.
---@param prompt string
---@param none string What to say when there is none.
---@return fun()
local function of_benchmark(name, prompt, none)
  return function()
    local client = client_here()
    if not client then
      return
    end
    commands_at_cursor(client, function(here)
      here = named(here, { name })
      if #here > 0 then
        choose(client, here, prompt, none)
        return
      end
      commands_of_file(client, function(all)
        choose(client, named(all, { name }), prompt, none)
      end)
    end)
  end
end

--- Does a command of the server that needs no place.
---@param name string
---@param argument? table
---@param done? fun(client: vim.lsp.Client, result: any)
local function execute(name, argument, done)
  local client = client_here()
  if client then
    local arguments = argument and { vim.tbl_isempty(argument) and vim.empty_dict() or argument } or nil
    server.execute(client, { command = name, arguments = arguments }, function(result)
      if done then
        done(client, result)
      end
    end)
  end
end

--- Switches facts on or off: the server's actions say for what, and their titles how it is now.
local function facts(words)
  local client = client_here()
  if not client then
    return
  end
  commands_at_cursor(client, function(here)
    local found = vim.tbl_filter(function(command)
      local argument = command.arguments and command.arguments[1] or {}
      for _, word in ipairs(words) do
        if word ~= argument.category and word ~= argument.scope then
          return false
        end
      end
      return true
    end, named(here, { 'tickmark.toggleFacts' }))
    choose(client, found, 'Facts', 'there are no such facts to switch: `:Tickmark explain` records them')
  end)
end

--- Shows the page that the server links for the diagnostic at the cursor.
local function why()
  local line, column = unpack(vim.api.nvim_win_get_cursor(0))
  local found, exact = {}, {}
  for _, diagnostic in ipairs(vim.diagnostic.get(0, { lnum = line - 1 })) do
    local page = vim.tbl_get(diagnostic, 'user_data', 'lsp', 'codeDescription', 'href')
    if diagnostic.source == 'tickmark' and type(page) == 'string' then
      local item = { page = page, text = ('%s: %s'):format(diagnostic.code, diagnostic.message) }
      found[#found + 1] = item
      local same_line = diagnostic.end_lnum == diagnostic.lnum
      if diagnostic.col <= column and (not same_line or column < diagnostic.end_col) then
        exact[#exact + 1] = item
      end
    end
  end
  local function show(item)
    if not item then
      return
    end
    if vim.startswith(item.page, 'file:') then
      vim.cmd.pedit(vim.fn.fnameescape(vim.uri_to_fname(item.page)))
    else
      vim.ui.open(item.page)
    end
  end
  found = #exact > 0 and exact or found
  if #found == 0 then
    notify('nothing on this line is explained: no diagnostic of Tickmark has a page here', vim.log.levels.WARN)
  elseif #found == 1 then
    show(found[1])
  else
    vim.ui.select(found, {
      prompt = 'Why',
      kind = 'tickmark',
      format_item = function(item)
        return item.text
      end,
    }, show)
  end
end

local VERBS = {
  why = why,
  profile = measure('profile', { route = 'tickmark.profileRoute', entry = 'tickmark.profileEntry' }),
  explain = measure('explain', { route = 'tickmark.explainRoute', entry = 'tickmark.explainEntry' }),
  benchmark = measure('benchmark', { route = 'tickmark.benchmarkRoute' }),
  baseline = of_benchmark(
    'tickmark.setBaseline',
    'Baseline',
    'there is no benchmark to be a baseline, or it is one: `:Tickmark benchmark` measures one'
  ),
  verify = of_benchmark(
    'tickmark.verifyBaseline',
    'Verify',
    'there is no baseline to verify against: `:Tickmark baseline` sets one, in a git repository'
  ),
  facts = facts,
  stop = function()
    execute('tickmark.stopRun', {}, function(_, result)
      notify(result.stopped == 0 and 'nothing is being measured' or 'stopped')
    end)
  end,
  clear = function()
    execute('tickmark.clearResults', nil, function(client)
      server.refresh(client)
    end)
  end,
  flamegraph = function()
    execute('tickmark.showFlamegraph', {})
  end,
  hotspots = function()
    local client = client_here()
    if client then
      require('tickmark.places').hotspots(client)
    end
  end,
  runs = function()
    local client = client_here()
    if client then
      require('tickmark.places').runs(client)
    end
  end,
  restart = function()
    server.restart()
  end,
  log = function()
    local path = vim.lsp.log and vim.lsp.log.get_filename and vim.lsp.log.get_filename() or vim.lsp.get_log_path()
    vim.cmd.tabedit(vim.fn.fnameescape(path))
    vim.cmd.normal({ 'G', bang = true })
  end,
}

--- Runs `:Tickmark WORDS`.
---@param words string[]
function M.run(words)
  local verb = VERBS[words[1] or '']
  if not verb then
    local known = table.concat(M.complete('', 'Tickmark '), ', ')
    local said = words[1] and ('there is no `:Tickmark %s`'):format(words[1]) or '`:Tickmark` wants a word'
    notify(('%s; there are: %s'):format(said, known), vim.log.levels.ERROR)
    return
  end
  verb(vim.list_slice(words, 2))
end

--- What the lenses of this file can measure. Asked with little patience: it is only for completion.
---@return string[]
local function targets()
  local client = server.clients(vim.api.nvim_get_current_buf())[1]
  if not client then
    return {}
  end
  local lenses
  local params = { textDocument = vim.lsp.util.make_text_document_params(0) }
  server.request(client, 'textDocument/codeLens', params, 0, function(_, result)
    lenses = result or {}
  end)
  vim.wait(300, function() return lenses ~= nil end, 5)
  local found = {}
  for _, command in ipairs(named(commands_of(lenses), { 'tickmark.profileRoute', 'tickmark.profileEntry' })) do
    found[#found + 1] = target(command)
  end
  return found
end

--- Completes `:Tickmark …`.
---@param lead string The word at the cursor.
---@param line string The command line up to there, or longer.
---@return string[]
function M.complete(lead, line)
  local before = line:match('^.-Tickmark%s+(.*)$') or ''
  before = before:sub(1, #before - #lead)
  local verb, given = before:match('^(%S+)%s+(.*)$')
  local candidates = {}
  if not verb then
    candidates = vim.tbl_keys(VERBS)
    table.sort(candidates)
  elseif verb == 'profile' or verb == 'explain' or verb == 'benchmark' then
    for _, name in ipairs(targets()) do
      if vim.startswith(name, given) and not (verb == 'benchmark' and name == 'entry') then
        candidates[#candidates + 1] = name:sub(#given + 1)
      end
    end
  elseif verb == 'facts' then
    candidates = given == '' and { 'inlining', 'tier' } or { 'file', 'folder', 'workspace' }
  end
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
end

return M
