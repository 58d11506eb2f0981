-- A route with parameters: their values are asked for, kept in tickmark.json, and the command goes on.
local spec = dofile(vim.env.SPEC)

spec.run(function()
  local said = spec.notifications()
  local asked, answers = {}, {}
  vim.ui.input = function(options, done)
    asked[#asked + 1] = options.prompt
    done(answers[#asked])
  end
  require('tickmark').setup({})
  spec.lens('Profile GET /users/:id/:tab')
  spec.go_to("'/users")

  -- Who gives up is left alone.
  vim.cmd('Tickmark profile')
  spec.must('a question', function() return #asked == 1 end)

  asked, answers = {}, { 'a b', ' x ' }
  vim.cmd('Tickmark profile')
  said.with('no-such-node')
  spec.equal(asked, { 'Value of :id for GET /users/:id/:tab: ', 'Value of :tab for GET /users/:id/:tab: ' })
  local kept = vim.json.decode(table.concat(vim.fn.readfile('tickmark.json'), '\n'))
  spec.equal(kept, { node = './no-such-node', routes = { ['GET /users/:id/:tab'] = { params = { id = 'a b', tab = 'x' } } } })
end)
