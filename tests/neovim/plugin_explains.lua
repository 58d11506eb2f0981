-- `:Tickmark explain` and `:Tickmark facts`.
local spec = dofile(vim.env.SPEC)

local function count(pattern)
  return #vim.tbl_filter(function(diagnostic) return diagnostic.code:find(pattern) ~= nil end, vim.diagnostic.get(0))
end

spec.run(function()
  local said = spec.notifications()
  require('tickmark').setup({ diagnostics = { virtual_text = true } })
  local status = require('tickmark').status
  spec.client()
  spec.lens('^Explain optimisation')
  vim.cmd('Tickmark explain')
  spec.must('a status', function() return status() ~= '' end)
  spec.must('a deopt loop', function() return count('^deopt/loop$') == 1 end)
  spec.must('the end', function() return status() == '' end)
  spec.see('for (const shape of shapes)', '■', 'was optimised')

  -- The sign column: a warning goes before heat, and heat before hints.
  local namespace = vim.api.nvim_get_namespaces().tickmark
  spec.must('a sign', function()
    return #vim.api.nvim_buf_get_extmarks(0, namespace, { 4, 0 }, { 4, -1 }, {}) == 1
  end)
  assert(spec.see('for (const shape of shapes)'):find('^W'), 'the warning has the sign column')

  -- Facts: the words choose among the server's switches, and its titles say how it is.
  spec.equal(count('^inlining/'), 0)
  local choice = spec.choosing('in the workspace')
  vim.cmd('Tickmark facts inlining')
  spec.must('inlining facts', function() return count('^inlining/too%-big$') == 1 end)
  spec.equal(choice.texts, {
    'Show inlining facts in this file (now off)',
    'Show inlining facts in this folder (now off)',
    'Show inlining facts in the workspace (now off)',
  })
  vim.cmd('Tickmark facts inlining workspace')
  spec.must('no inlining facts', function() return count('^inlining/') == 0 end)
  vim.cmd('Tickmark facts prices')
  said.with('there are no such facts')

  -- The page about a diagnostic: of the one at the cursor, without a question.
  spec.go_to('height;')
  vim.cmd('Tickmark why')
  local page = spec.must('a page', function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.wo[window].previewwindow then
        return vim.api.nvim_win_get_buf(window)
      end
    end
  end)
  assert(vim.api.nvim_buf_get_lines(page, 0, 1, false)[1]:find('^# .*too many shapes'), vim.api.nvim_buf_get_name(page))
  vim.cmd.pclose()
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.cmd('Tickmark why')
  said.with('nothing on this line')
  spec.equal(#said, 2, vim.inspect(said))
end)
