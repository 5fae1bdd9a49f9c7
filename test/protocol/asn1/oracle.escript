%% Reads lines "module TAB type TAB hex TAB term" and answers each with a line: the hex of what Erlang's coder makes of the
%% term, and "same" or the term that it reads from the hex.
main([Folder]) ->
    code:add_patha(Folder),
    ok = io:setopts([binary]),
    loop().

loop() ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            [Module, Type, Hex, Text] = binary:split(string:trim(Line), <<"\t">>, [global]),
            io:put_chars([answer(binary_to_atom(Module), binary_to_atom(Type), Hex, binary_to_list(Text)), $\n]),
            loop()
    end.

answer(Module, Type, Hex, Text) ->
    Value = term(Text),
    [encoded(Module, Type, Value), $\t, decoded(Module, Type, binary:decode_hex(Hex), Value)].

term(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text ++ "."),
    {ok, Value} = erl_parse:parse_term(Tokens),
    Value.

encoded(Module, Type, Value) ->
    case Module:encode(Type, Value) of
        {ok, Octets} -> string:lowercase(binary:encode_hex(Octets));
        {error, {asn1, Why}} -> io_lib:format("~0p", [reason(Why)])
    end.

decoded(Module, Type, Octets, Value) ->
    case Module:decode(Type, Octets) of
        {ok, Value} -> "same";
        {ok, Other} -> io_lib:format("~0p", [Other]);
        {error, {asn1, Why}} -> io_lib:format("~0p", [reason(Why)])
    end.

reason({Reason, _Stack}) -> Reason;
reason(Reason) -> Reason.
