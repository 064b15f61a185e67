%% Erlang's side of the comparison. Answers one line for each line of input:
%% hello | rows | run Row Operations | hold Processes | release
-module(bench).
-export([main/0]).

main() ->
    ok = io:setopts([binary]),
    %% Crash and restart reports are made but not printed: a terminal would be what is measured. So on every side.
    ok = logger:set_primary_config(level, none),
    loop([]).

loop(Held) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            Words = binary:split(string:trim(Line), <<" ">>, [global]),
            {Answer, Held1} =
                try answer(Words, Held)
                catch Class:Reason -> {io_lib:format("error ~0p:~0p", [Class, Reason]), Held}
                end,
            io:put_chars([Answer, $\n]),
            loop(Held1)
    end.

answer([<<"hello">>], Held) ->
    {["ok Erlang/OTP ", erlang:system_info(otp_release), " (erts ", erlang:system_info(version), ", ",
      atom_to_list(erlang:system_info(emu_flavor)), ")"], Held};
answer([<<"rows">>], Held) ->
    {["ok", [[" ", atom_to_list(Row)] || Row <- maps:keys(rows())], " bytes idle"], Held};
answer([<<"run">>, Row, Count], Held) ->
    Work = maps:get(binary_to_atom(Row), rows()),
    {Operations, Nanoseconds} = in_process(Work, binary_to_integer(Count)),
    {io_lib:format("ok ~b ~b", [Operations, Nanoseconds]), Held};
answer([<<"hold">>, Count], []) ->
    {"ok", in_process(fun bench_start:hold/1, binary_to_integer(Count))};
answer([<<"release">>], Held) ->
    in_process(fun bench_start:release/1, Held),
    {"ok", []}.

rows() ->
    Modules = [bench_call, bench_cast, bench_ring, bench_start, bench_restart, bench_machine, bench_event, bench_timer,
               bench_tie, bench_name, bench_task, bench_growth, bench_tree],
    lists:foldl(fun(Module, Rows) -> maps:merge(Rows, Module:rows()) end, #{}, Modules).

%% Every run has a process of its own, and with it a fresh heap.
in_process(Work, Argument) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({result, Work(Argument)}) end),
    receive
        {'DOWN', Monitor, process, Pid, {result, Result}} -> Result;
        {'DOWN', Monitor, process, Pid, Reason} -> error(Reason)
    end.
