// Makes statements by walking Trino's own grammar at random, breaks some of them, and says what Trino's parser thinks of each.
// Arguments: seed, count. Input: statements to break, each ended by NUL. One line of JSON for each statement made: its text and, where it is refused,
// line, column and message. What Trino's parser fails on by a fault of its own is left out.

import io.trino.grammar.sql.SqlBaseLexer;
import io.trino.grammar.sql.SqlBaseParser;
import io.trino.sql.parser.ParsingException;
import io.trino.sql.parser.SqlParser;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.Vocabulary;
import org.antlr.v4.runtime.atn.ATN;
import org.antlr.v4.runtime.atn.ATNState;
import org.antlr.v4.runtime.atn.RuleStopState;
import org.antlr.v4.runtime.atn.RuleTransition;
import org.antlr.v4.runtime.atn.PrecedencePredicateTransition;
import org.antlr.v4.runtime.atn.Transition;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

public final class TrinoParserJudge
{
    private static final int ENOUGH = 15;
    private static final Vocabulary WORDS = SqlBaseLexer.VOCABULARY;
    private static final SqlBaseParser GRAMMAR = new SqlBaseParser(new CommonTokenStream(new SqlBaseLexer(CharStreams.fromString(""))));
    private static final ATN ATN_ = GRAMMAR.getATN();
    private static final String[] NAMES = {"a", "b", "t", "x1", "_y", "\"Q q\"", "\"a\"\"b\"", "orders", "limit", "offset", "row", "date", "interval", "all", "filter", "over", "position", "if", "try_cast", "window"};
    private static final String[] STRINGS = {"''", "'a'", "'it''s'", "'2020-01-01'", "'$1'", "'--'", "'/*'", "'\u00e9\uD83D\uDE00'", "'1'"};
    private static final String[] INTEGERS = {"0", "1", "2", "42", "1_000", "0xff", "0b1", "9223372036854775807"};
    private static final String[] NOISE = {"(", ")", ",", ".", "'open", "\"open", "`b`", "1a", "@", "\u00a0", "?", ";", "/*", "SELECT", "FROM", "AND", "NOT", "AS", "1", "'s'", "x", "*", "||", "ALL", "ORDER BY", "99999999999999999999", "X'0'", "U&'\\00'"};

    private final Random random;
    private final int[] shortest;
    private final String[] given;

    private TrinoParserJudge(Random random, String[] given)
    {
        this.random = random;
        this.given = given;
        this.shortest = shortest();
    }

    public static void main(String[] args)
            throws Exception
    {
        String[] given = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\0");
        SqlParser parser = new SqlParser();
        try (BufferedWriter out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8))) {
            for (int seed = 1; seed < args.length; seed++) {
                judge(new TrinoParserJudge(new Random(Long.parseLong(args[seed])), given), parser, Integer.parseInt(args[0]), out);
            }
        }
    }

    private static void judge(TrinoParserJudge judge, SqlParser parser, int count, BufferedWriter out)
            throws IOException
    {
        for (int left = count; left > 0; ) {
            String sql = judge.statement();
            String verdict = "";
            try {
                parser.createStatement(sql);
            }
            catch (ParsingException e) {
                verdict = ",\"line\":" + e.getLineNumber() + ",\"column\":" + e.getColumnNumber() + ",\"message\":" + json(e.getErrorMessage());
            }
            catch (RuntimeException e) {
                continue;
            }
            left--;
            out.write("{\"sql\":" + json(sql) + verdict + "}\n");
        }
    }

    private String statement()
    {
        List<String> tokens = new ArrayList<>();
        // A third are given ones, always broken; of the others most are queries, since there the grammar is deep.
        int kind = random.nextInt(12);
        if (kind < 4) {
            SqlBaseLexer lexer = new SqlBaseLexer(CharStreams.fromString(any(given)));
            lexer.removeErrorListeners();
            for (Token token : lexer.getAllTokens()) {
                if (token.getChannel() == Token.DEFAULT_CHANNEL) {
                    tokens.add(token.getText());
                }
            }
        }
        else {
            walk(rule(kind < 10 ? "query" : "statement"), tokens);
        }
        if (kind < 4 || random.nextInt(2) == 0) {
            for (int i = 1 + random.nextInt(2); i > 0; i--) {
                mutate(tokens);
            }
        }
        StringBuilder text = new StringBuilder();
        for (String token : tokens) {
            text.append(token).append(random.nextInt(30) == 0 ? (random.nextBoolean() ? "\n" : " /* c */ ") : " ");
        }
        return text.toString().stripTrailing();
    }

    private void mutate(List<String> tokens)
    {
        int at = random.nextInt(tokens.size());
        switch (random.nextInt(5)) {
            case 0 -> {
                if (tokens.size() > 1) {
                    tokens.remove(at);
                }
            }
            case 1 -> tokens.add(at, tokens.get(random.nextInt(tokens.size())));
            case 2 -> tokens.set(at, tokens.get(random.nextInt(tokens.size())));
            case 3 -> tokens.add(at, NOISE[random.nextInt(NOISE.length)]);
            default -> tokens.set(at, NOISE[random.nextInt(NOISE.length)]);
        }
    }

    /** Follows a rule from its first state to its last; when there is enough text, by the shortest way. */
    private void walk(int rule, List<String> tokens)
    {
        ATNState state = ATN_.ruleToStartState[rule];
        while (!(state instanceof RuleStopState)) {
            Transition next = choose(state, tokens.size());
            if (next instanceof RuleTransition call) {
                walk(call.target.ruleIndex, tokens);
                state = call.followState;
            }
            else {
                if (next.label() != null) {
                    int[] types = next.label().toArray();
                    tokens.add(spell(types[random.nextInt(types.length)]));
                }
                state = next.target;
            }
        }
    }

    private Transition choose(ATNState state, int length)
    {
        Transition[] all = state.getTransitions();
        if (all.length == 1) {
            return all[0];
        }
        if (length < ENOUGH) {
            return all[random.nextInt(all.length)];
        }
        int least = Arrays.stream(all).mapToInt(this::cost).min().orElseThrow();
        int most = random.nextInt(4) == 0 ? least + 2 : least;
        Transition[] cheap = Arrays.stream(all).filter(t -> cost(t) <= most).toArray(Transition[]::new);
        return cheap[random.nextInt(cheap.length)];
    }

    private int cost(Transition transition)
    {
        int own = transition instanceof RuleTransition call
                ? add(shortest[call.target.stateNumber], shortest[call.followState.stateNumber])
                : add(transition.label() == null ? 0 : 1, shortest[transition.target.stateNumber]);
        return transition instanceof PrecedencePredicateTransition ? add(own, 1) : own;
    }

    private static int add(int a, int b)
    {
        return Math.min(1_000_000, a + b);
    }

    /** How many tokens lie between each state and the end of its rule, at the least. */
    private int[] shortest()
    {
        int[] found = new int[ATN_.states.size()];
        Arrays.fill(found, 1_000_000);
        for (RuleStopState stop : ATN_.ruleToStopState) {
            found[stop.stateNumber] = 0;
        }
        for (boolean changed = true; changed; ) {
            changed = false;
            for (ATNState state : ATN_.states) {
                if (state == null || state instanceof RuleStopState) {
                    continue;
                }
                for (Transition transition : state.getTransitions()) {
                    int cost = transition instanceof RuleTransition call
                            ? add(found[call.target.stateNumber], found[call.followState.stateNumber])
                            : add(transition.label() == null ? 0 : 1, found[transition.target.stateNumber]);
                    if (cost < found[state.stateNumber]) {
                        found[state.stateNumber] = cost;
                        changed = true;
                    }
                }
            }
        }
        return found;
    }

    private static int rule(String name)
    {
        return Arrays.asList(GRAMMAR.getRuleNames()).indexOf(name);
    }

    private String spell(int type)
    {
        return switch (type) {
            case SqlBaseLexer.STRING -> any(STRINGS);
            case SqlBaseLexer.UNICODE_STRING -> "U&'\\0041x'";
            case SqlBaseLexer.BINARY_LITERAL -> "X'0aFF'";
            case SqlBaseLexer.INTEGER_VALUE -> any(INTEGERS);
            case SqlBaseLexer.DECIMAL_VALUE -> random.nextBoolean() ? "1.5" : ".5";
            case SqlBaseLexer.DOUBLE_VALUE -> random.nextBoolean() ? "1e5" : "1.5E-3";
            case SqlBaseLexer.IDENTIFIER, SqlBaseLexer.QUOTED_IDENTIFIER -> any(NAMES);
            // Refused wherever they stand: now and then is enough.
            case SqlBaseLexer.BACKQUOTED_IDENTIFIER -> random.nextInt(20) == 0 ? "`b`" : any(NAMES);
            case SqlBaseLexer.DIGIT_IDENTIFIER -> random.nextInt(20) == 0 ? "1a" : any(NAMES);
            default -> {
                String literal = WORDS.getLiteralName(type);
                yield literal == null ? WORDS.getSymbolicName(type).equals("NEQ") ? (random.nextBoolean() ? "<>" : "!=") : "@" : literal.substring(1, literal.length() - 1);
            }
        };
    }

    private String any(String[] of)
    {
        return of[random.nextInt(of.length)];
    }

    private static String json(String text)
    {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\' || c < 32) {
                out.append(String.format("\\u%04x", (int) c));
            }
            else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
