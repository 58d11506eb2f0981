-- Nothing but the README's lines: lens → run → diagnostics, hints, hover, action.
local spec = dofile(vim.env.SPEC)

spec.run(function()
  spec.client()
  local opened = spec.opened()
  local ends = 0
  vim.api.nvim_create_autocmd('LspProgress', {
    pattern = 'end',
    callback = function() ends = ends + 1 end,
  })

  -- A file that is on the screen before anything is measured gets its results, too.
  vim.cmd('botright split template.js')
  vim.cmd.wincmd('p')
  spec.see('function escapeHtml')

  -- The lens is on the screen, and run by its key.
  local lens = spec.lens('^▶ Profile GET /hello')
  vim.api.nvim_win_set_cursor(0, { lens.range.start.line + 1, 0 })
  vim.cmd('normal! zz')
  spec.see('▶ Profile GET /hello')
  local select = vim.ui.select
  spec.choosing('^▶ Profile GET /hello')
  spec.press('grx')
  spec.lens('^■ Stop')
  spec.must('the end of the progress', function() return ends > 0 end)
  vim.ui.select = select
  spec.lens('Profile GET /hello · .* req/s · p99 ')
  spec.see('▶ Profile GET /hello', 'req/s')

  vim.cmd.wincmd('p')
  spec.equal(vim.fn.expand('%:t'), 'template.js')
  spec.client()
  local row = spec.go_to('escapeHtml')
  local hot = spec.must('diagnostics', function()
    local found = vim.diagnostic.get(0, { lnum = row - 1 })
    return found[1] and found
  end)
  spec.equal({ hot[1].source, hot[1].code }, { 'tickmark', 'hot/function' }, 'the diagnostic of the bottleneck')
  -- Virtual text may be cut at the screen's end.
  spec.see('function escapeHtml', hot[1].message:sub(1, 20))

  local hints = spec.must('hints', function()
    local found = vim.lsp.inlay_hint.get({ bufnr = 0 })
    return #found > 0 and found
  end)
  spec.see('function escapeHtml', hints[1].inlay_hint.label)

  spec.press('K')
  local hover = spec.float()
  assert(hover:find('escapeHtml', 1, true) and hover:find('%', 1, true) and hover:find('Called by', 1, true), hover)

  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action) return action.title:find('^Show flamegraph of GET /hello') ~= nil end,
  })
  spec.must('the flamegraph', function() return opened[1] end)
  assert(opened[1]:find('^file://.*/report%.html$'), opened[1])
end)
