-- A stored run: signs and their way through edits, pickers, the report in the browser, lenses at other places.
local spec = dofile(vim.env.SPEC)

--- The signs of the buffer: line → text and group.
local function signs()
  local found = {}
  local namespace = vim.api.nvim_get_namespaces().tickmark
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })) do
    found[mark[2] + 1] = vim.trim(mark[4].sign_text) .. ' ' .. mark[4].sign_hl_group
  end
  return found
end

local function signs_become(expected)
  local last
  local done = vim.wait(10000, function()
    last = signs()
    return vim.deep_equal(last, expected)
  end, 20)
  if not done then
    spec.equal(last, expected, 'the signs')
  end
end

--- A program for `vim.ui.open` to start.
local function opener(script)
  local folder = vim.fs.dirname(vim.env.HOME) .. '/bin'
  vim.fn.mkdir(folder, 'p')
  vim.fn.writefile({ '#!/bin/sh', script }, folder .. '/xdg-open')
  vim.uv.fs_chmod(folder .. '/xdg-open', 493)
end

spec.run(function()
  local said = spec.notifications()
  require('tickmark').setup({ diagnostics = { virtual_text = true } })
  local client = spec.client()
  local hot = { [3] = '█ TickmarkHeat4', [4] = '▌ TickmarkHeat3', [8] = '▌ TickmarkHeat3' }
  signs_become(hot)
  spec.see('█', 'const text = heavy(items)')
  spec.see('function render(items)', 'Hot function render')
  spec.see('function render(items)', 'ƒ 80% self')
  spec.equal(vim.api.nvim_get_hl(0, { name = 'TickmarkHeat4' }).link, 'DiagnosticError')
  vim.cmd.colorscheme('default')
  spec.equal(vim.api.nvim_get_hl(0, { name = 'TickmarkHeat4' }).link, 'DiagnosticError')

  -- Signs move with their lines, grow stale with their function, and come back.
  vim.api.nvim_buf_set_lines(0, 0, 0, false, { '// one', '// two' })
  spec.equal(signs(), { [5] = hot[3], [6] = hot[4], [10] = hot[8] }, 'at once')
  signs_become({ [5] = hot[3], [6] = hot[4], [10] = hot[8] })
  vim.api.nvim_buf_set_text(0, 4, 15, 4, 20, { 'light' })
  signs_become({ [6] = '▌ TickmarkStale', [10] = hot[8] })
  vim.api.nvim_buf_set_text(0, 4, 15, 4, 20, { 'heavy' })
  vim.api.nvim_buf_set_lines(0, 0, 2, false, {})
  signs_become(hot)

  -- By total time, other steps, no signs at all; the server's settings change, too.
  require('tickmark').setup({
    signs = { by = 'total', percent = { 10, 70, 90, 99 } },
    settings = { hints = { show = 'total' } },
  })
  signs_become({ [3] = '▏ TickmarkHeat1', [4] = '▏ TickmarkHeat1', [8] = '█ TickmarkHeat4' })
  spec.see('function hello(req, res)', 'ƒ 100% total')
  require('tickmark').setup({ signs = { enabled = false } })
  signs_become({})
  spec.see('function hello(req, res)', 'ƒ 20% self')
  require('tickmark').setup({})
  signs_become(hot)
  spec.equal(#vim.lsp.get_clients({ name = 'tickmark' }), 1, 'one server')
  spec.equal(#said, 0, 'nothing is said: ' .. vim.inspect(said))

  -- The hottest places.
  local choice = spec.choosing('hello')
  vim.api.nvim_win_set_cursor(0, { 12, 0 })
  vim.cmd('Tickmark hotspots')
  spec.must('a jump', function() return vim.deep_equal(vim.api.nvim_win_get_cursor(0), { 7, 0 }) end)
  spec.equal(choice.texts, { ' 80.0% self  80.0% total  render  server.js:2', ' 20.0% self 100.0% total  hello  server.js:7' })
  -- They are where they are now, not where they were measured.
  vim.api.nvim_buf_set_lines(0, 0, 0, false, { '// one', '// two' })
  vim.cmd('Tickmark hotspots')
  spec.must('a jump', function() return vim.deep_equal(vim.api.nvim_win_get_cursor(0), { 9, 0 }) end)
  vim.api.nvim_buf_set_lines(0, 0, 2, false, {})
  spec.equal(#said, 0, 'no message beside the picker')

  -- The report: an opener that takes its time is let do its work, one that fails at once is told, and one that is missing.
  local report = vim.fn.getcwd() .. '/.tickmark/runs/20261121-101530-aaaa/report.html'
  local proof = vim.env.HOME .. '-opened'
  opener('sleep 2.5; echo "$1" > ' .. proof)
  vim.cmd('Tickmark flamegraph')
  spec.must('the opener to end', function() return vim.fn.filereadable(proof) == 1 and #vim.fn.readfile(proof) > 0 end)
  spec.equal(vim.fn.readfile(proof), { vim.uri_from_fname(report) })
  spec.equal(#said, 0, 'it was opened')
  opener('exit 4')
  vim.cmd('Tickmark flamegraph')
  said.with(report)
  said[1] = nil
  opener('sleep 1; exit 4')
  vim.cmd('Tickmark flamegraph')
  said.with('report.html')
  said[1] = nil
  vim.ui.open = function() return nil, 'nothing opens it' end
  vim.cmd('Tickmark flamegraph')
  said.with(report)
  said[1] = nil

  -- A file in a package belongs to the project that uses it; no second server.
  vim.cmd.edit('node_modules/dep/index.js')
  spec.equal(spec.client().id, client.id)
  vim.cmd.edit('server.js')

  vim.cmd('Tickmark clear')
  signs_become({})
  vim.cmd('Tickmark hotspots')
  said.with('measure something first')
end)
