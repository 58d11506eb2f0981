--- What the scripts here share: `local spec = dofile(vim.env.SPEC)`.
local spec = {}

vim.o.columns, vim.o.lines = 140, 40

--- Waits until `f` gives something true, and gives that.
function spec.must(what, f)
  local result
  local fine, problem = true, nil
  local done = vim.wait(30000, function()
    fine, result = pcall(f)
    problem = not fine and result or nil
    return fine and result
  end, 20)
  if not done then
    error('not within 30 s: ' .. what .. (problem and ' (' .. tostring(problem) .. ')' or ''), 0)
  end
  return result
end

--- Fails unless the two are equal.
function spec.equal(found, expected, what)
  if not vim.deep_equal(found, expected) then
    error(('%s:\nfound    %s\nexpected %s'):format(what or 'not equal', vim.inspect(found), vim.inspect(expected)), 2)
  end
end

--- The grid that Neovim has drawn, as text.
function spec.screen()
  vim.cmd('redraw!')
  local rows = {}
  for row = 1, vim.o.lines do
    local cells = {}
    for column = 1, vim.o.columns do
      cells[column] = vim.fn.screenstring(row, column)
    end
    rows[row] = table.concat(cells)
  end
  return table.concat(rows, '\n')
end

--- Waits until a line of the screen has all of these texts.
function spec.see(...)
  local texts = { ... }
  return spec.must('a line on the screen with ' .. vim.inspect(texts), function()
    for line in vim.gsplit(spec.screen(), '\n') do
      local has_all = true
      for _, text in ipairs(texts) do
        has_all = has_all and line:find(text, 1, true) ~= nil
      end
      if has_all then
        return line
      end
    end
  end)
end

--- Types keys as a user would.
function spec.press(keys)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'mx', false)
end

--- Puts the cursor on the first place of the text.
function spec.go_to(text)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local column = line:find(text, 1, true)
    if column then
      vim.api.nvim_win_set_cursor(0, { row, column - 1 })
      return row
    end
  end
  error('not in the file: ' .. text, 2)
end

--- The text of the float that is open.
function spec.float()
  return spec.must('a float', function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        local text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
        if text ~= '' then
          vim.api.nvim_win_close(window, true)
          return text
        end
      end
    end
  end)
end

--- The server of the buffer, once it is ready.
function spec.client()
  return spec.must('a server', function()
    local client = vim.lsp.get_clients({ name = 'tickmark', bufnr = 0 })[1]
    return client and client.initialized and client
  end)
end

--- The lenses of the buffer, as Neovim has them by itself.
function spec.lenses()
  if vim.lsp.codelens.enable then
    return vim.lsp.codelens.get({ bufnr = 0 })
  end
  return vim.lsp.codelens.get(0)
end

--- The lens whose title matches, once there is one.
function spec.lens(pattern)
  return spec.must('a lens ' .. pattern, function()
    for _, lens in ipairs(spec.lenses()) do
      lens = lens.lens or lens
      if lens.command and lens.command.title:find(pattern) then
        return lens
      end
    end
  end)
end

--- Collects what is notified from now on.
function spec.notifications()
  local seen = {}
  vim.notify = function(message, level)
    seen[#seen + 1] = { message = message, level = level }
  end
  function seen.with(text)
    return spec.must('a notification with ' .. text .. '; there are ' .. vim.inspect(seen), function()
      for _, one in ipairs(seen) do
        if one.message:find(text, 1, true) then
          return one
        end
      end
    end)
  end
  return seen
end

--- Takes the place of `vim.ui.open`; gives the URLs that were to be opened.
function spec.opened()
  local urls = {}
  vim.ui.open = function(url)
    urls[#urls + 1] = url
    return { wait = function() return { code = 0 } end }
  end
  return urls
end

--- Chooses, whenever there is a choice, the first item whose text matches; gives the texts of the last choice.
function spec.choosing(pattern)
  local choice = {}
  vim.ui.select = function(items, options, done)
    choice.texts, choice.prompt = {}, options.prompt
    local chosen
    for _, item in ipairs(items) do
      local text = (options.format_item or tostring)(item)
      table.insert(choice.texts, text)
      chosen = chosen or (text:find(pattern) and item)
    end
    done(chosen)
  end
  return choice
end

--- Runs the script's body and ends Neovim, with success or not.
function spec.run(body)
  local fine, problem = xpcall(body, debug.traceback)
  local said = fine and 'PASS\n' or ('FAIL ' .. tostring(problem) .. '\n' .. spec.screen() .. '\n' .. vim.fn.execute('messages') .. '\n')
  io.stdout:write(said)
  io.stdout:flush()
  -- Neovim tells its servers to end while it ends itself; one that is quicker makes Neovim die of SIGPIPE.
  vim.lsp.stop_client(vim.lsp.get_clients())
  vim.wait(10000, function() return #vim.lsp.get_clients() == 0 end, 10)
  vim.cmd(fine and 'qall!' or 'cquit 1')
end

return spec
