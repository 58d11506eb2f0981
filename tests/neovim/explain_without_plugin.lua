-- Nothing but the README's lines: the lens that explains, by its key → diagnostics on the token, hovers, facts by code action.
local spec = dofile(vim.env.SPEC)

local function diagnostics(code)
  return vim.tbl_filter(function(diagnostic) return diagnostic.code == code end, vim.diagnostic.get(0))
end

--- The text that a diagnostic is on.
local function marked(diagnostic)
  local from, to = diagnostic, diagnostic
  return table.concat(vim.api.nvim_buf_get_text(0, from.lnum, from.col, to.end_lnum, to.end_col, {}), '\n')
end

local function act(title)
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action) return action.title:find(title) ~= nil end,
  })
end

spec.run(function()
  spec.client()
  spec.lens('^Explain optimisation')
  spec.see('▶ Profile main.js', 'Explain optimisation')
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  local select = vim.ui.select
  spec.choosing('^Explain optimisation')
  spec.press('grx')
  spec.lens('^■ Stop')
  vim.ui.select = select

  -- The loop of deoptimisations is a warning on the very property, with the other places and a page that explains.
  local loop = spec.must('a deopt loop', function() return diagnostics('deopt/loop')[1] end)
  spec.equal({ loop.lnum + 1, marked(loop), loop.severity }, { 5, 'width', vim.diagnostic.severity.WARN }, 'the deopt loop')
  assert(loop.message:find('`total`', 1, true), loop.message)
  local page = vim.tbl_get(loop, 'user_data', 'lsp', 'codeDescription', 'href')
  assert(page, vim.inspect(loop))
  assert(vim.fn.readfile(vim.uri_to_fname(page))[1]:find('^# '), page)

  local caches = diagnostics('ic/megamorphic')
  table.sort(caches, function(a, b) return a.col < b.col end)
  spec.equal({ marked(caches[1]), marked(caches[2]), #caches }, { 'width', 'height', 2 }, 'the inline caches')
  assert(caches[1].severity > vim.diagnostic.severity.WARN, 'a single fact is no warning')
  assert(#caches[1].user_data.lsp.relatedInformation >= 4, vim.inspect(caches[1]))

  local other_order = spec.must('a shape', function() return diagnostics('shape/property-order')[1] end)
  spec.see('(i) => ({ height: 2, width: i })', other_order.message:sub(1, 30))
  -- The gravest of a line speaks.
  spec.see('for (const shape of shapes)', '■■', loop.message:sub(1, 20))
  spec.lens('turbofan · %d+ deopts')

  -- A function and a property.
  spec.go_to('total(shapes)')
  spec.press('K')
  local hover = spec.float()
  assert(hover:find('Tiers over time: .*ignition.*turbofan.*wrong map') and hover:find('Inlined into', 1, true), hover)
  spec.go_to('width * shape')
  spec.press('K')
  hover = spec.float()
  assert(hover:find('megamorphic', 1, true) and hover:find('{width, height}', 1, true), hover)

  -- Facts are off, and switched on by an action that says so.
  spec.equal(#diagnostics('inlining/too-big'), 0, 'facts by default')
  local before = #vim.diagnostic.get(0)
  act('^Show inlining facts in this file %(now off%)')
  local refused = spec.must('an inlining fact', function() return diagnostics('inlining/too-big')[1] end)
  spec.equal({ marked(refused), refused.severity >= vim.diagnostic.severity.INFO }, { 'mix', true }, 'the refused call')
  act('^Hide inlining facts in this file %(now on%)')
  spec.must('no facts', function() return #vim.diagnostic.get(0) == before end)
end)
