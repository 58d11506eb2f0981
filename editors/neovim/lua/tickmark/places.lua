--- Pickers: the hottest places, and the stored runs.
local server = require('tickmark.server')

local M = {}

local function notify(message, level)
  vim.notify('Tickmark: ' .. message, level or vim.log.levels.INFO)
end

--- Whether a function is in a file: one of Node.js itself has `vim.NIL` there, or nothing.
local function in_file(spot)
  return type(spot.file) == 'string'
end

--- `server.js:12`, relative to the project.
local function place(client, spot)
  if not in_file(spot) then
    return spot.category
  end
  local root = client.config.root_dir
  local file = spot.file
  if root and vim.startswith(file, root .. '/') then
    file = file:sub(#root + 2)
  end
  return spot.line > 0 and ('%s:%d'):format(file, spot.line) or file
end

--- Byte offset of a 1-based column in UTF-16 units, as far as the line reaches.
local function byte_column(text, column)
  local units = math.max(column - 1, 0)
  local found, byte
  if vim.fn.has('nvim-0.11') == 1 then
    found, byte = pcall(vim.str_byteindex, text, 'utf-16', units, false)
  else
    found, byte = pcall(vim.str_byteindex, text, units, true)
  end
  return found and byte or 0
end

--- Puts the cursor on a function.
local function jump(spot)
  vim.cmd("normal! m'")
  local buffer = vim.fn.bufadd(spot.file)
  vim.bo[buffer].buflisted = true
  vim.api.nvim_win_set_buf(0, buffer)
  -- The file may have become shorter since it was measured.
  local line = math.min(math.max(spot.line, 1), vim.api.nvim_buf_line_count(buffer))
  local text = vim.api.nvim_buf_get_lines(buffer, line - 1, line, false)[1] or ''
  local column = line == spot.line and byte_column(text, spot.column) or 0
  vim.api.nvim_win_set_cursor(0, { line, column })
  vim.cmd('normal! zvzz')
end

--- Picks one of the functions with most self time, and goes there.
---@param client vim.lsp.Client
function M.hotspots(client)
  server.execute(client, { command = 'tickmark.hotspots', arguments = { { message = false } } }, function(spots)
    if #spots == 0 then
      notify('the shown run has no samples')
      return
    end
    vim.ui.select(spots, {
      prompt = 'Hottest functions',
      kind = 'tickmark',
      format_item = function(spot)
        local name = spot.name ~= '' and spot.name or '(anonymous)'
        return ('%5.1f%% self %5.1f%% total  %s  %s'):format(spot.selfPercent, spot.totalPercent, name, place(client, spot))
      end,
    }, function(spot)
      if not spot then
        return
      end
      if not in_file(spot) or vim.fn.filereadable(spot.file) == 0 then
        notify(('%s is in no file here'):format(spot.name ~= '' and spot.name or 'it'), vim.log.levels.WARN)
        return
      end
      jump(spot)
    end)
  end)
end

--- Picks a stored run, and shows its flamegraph.
---@param client vim.lsp.Client
function M.runs(client)
  server.request(client, 'tickmark/runs', vim.empty_dict(), nil, function(err, answer)
    if err then
      notify(err.message, vim.log.levels.ERROR)
      return
    end
    for _, unreadable in ipairs(answer.unreadable) do
      notify('a stored run cannot be read: ' .. unreadable, vim.log.levels.WARN)
    end
    if #answer.runs == 0 then
      notify('no runs are stored: `:Tickmark profile` makes one')
      return
    end
    vim.ui.select(answer.runs, {
      prompt = 'Runs',
      kind = 'tickmark',
      format_item = function(run)
        local of = run.target
        local what = of.method and ('%s %s'):format(of.method, of.path) or of.entry
        local shown = vim.list_contains(answer.shown, run.id) and '  (shown)' or ''
        if run.instruments == 'load' and type(run.load) == 'table' then
          what = ('%s  benchmark: %.0f req/s'):format(what, run.load.requestsPerSecond)
        end
        return ('%s  %s  %s%s'):format(os.date('%Y-%m-%d %H:%M', math.floor(run.startedAtMs / 1000)), what, run.id, shown)
      end,
    }, function(run)
      if run then
        server.execute(client, { command = 'tickmark.showFlamegraph', arguments = { { runId = run.id } } })
      end
    end)
  end)
end

return M
