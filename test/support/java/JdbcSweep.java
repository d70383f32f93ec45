// Trino's JDBC driver as tools use it, configured by the environment alone: one line of JSON for each question, [name, answer] or [name, null, error].

import static java.util.stream.Collectors.joining;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;

public final class JdbcSweep
{
    private static final String[] VIEWS_AND_TABLES = {"TABLE", "VIEW"};

    public static void main(String[] args)
            throws Exception
    {
        Properties properties = new Properties();
        properties.put("user", System.getenv("AKKO_SQL_USER"));
        properties.put("accessToken", System.getenv("AKKO_SQL_TOKEN"));
        properties.put("SSL", "true");
        properties.put("SSLTrustStorePath", System.getenv("AKKO_CA_FILE"));
        String url = "jdbc:trino://" + System.getenv("AKKO_SQL_URL").replace("https://", "") + "/iceberg/banking";
        try (Connection connection = DriverManager.getConnection(url, properties); Statement statement = connection.createStatement()) {
            DatabaseMetaData metadata = connection.getMetaData();
            everyQuestionWithoutArguments(metadata);
            questionsOfTools(metadata);
            say("valid", () -> connection.isValid(5));
            prepared(connection);
            changes(connection, statement);
            say("most rows", () -> {
                statement.setMaxRows(2);
                String found = rows(statement.executeQuery("SELECT is_fraud FROM transactions WHERE is_fraud"));
                statement.setMaxRows(0);
                return found;
            });
            say("too long", () -> {
                statement.setQueryTimeout(1);
                return rows(statement.executeQuery(ENDLESS));
            });
            say("cancelled", () -> {
                statement.setQueryTimeout(60);
                Thread canceller = Thread.ofVirtual().start(() -> cancelUntilInterrupted(statement));
                try {
                    return rows(statement.executeQuery(ENDLESS));
                }
                finally {
                    canceller.interrupt();
                }
            });
            say("another catalogue", () -> {
                connection.setCatalog("postgresql");
                connection.setSchema("public");
                return connection.getCatalog() + "." + connection.getSchema() + " " + rows(statement.executeQuery("SELECT 1"));
            });
        }
    }

    private static final String ENDLESS = "SELECT count(*) FROM transactions a CROSS JOIN transactions b CROSS JOIN transactions c";

    private static void everyQuestionWithoutArguments(DatabaseMetaData metadata)
    {
        Arrays.stream(DatabaseMetaData.class.getMethods())
                .filter(method -> method.getDeclaringClass() == DatabaseMetaData.class && method.getParameterCount() == 0)
                .filter(method -> !method.getName().equals("getConnection"))
                .sorted(Comparator.comparing(method -> method.getName()))
                .forEach(method -> say(method.getName(), () -> {
                    Object answer = method.invoke(metadata);
                    return answer instanceof ResultSet found ? rows(found) : answer;
                }));
    }

    private static void questionsOfTools(DatabaseMetaData metadata)
    {
        say("tables", () -> rows(metadata.getTables("iceberg", "banking", "%", VIEWS_AND_TABLES)));
        say("every table", () -> count(metadata.getTables(null, null, "%", null)));
        say("columns", () -> rows(metadata.getColumns("iceberg", "banking", "transactions", "is\\_%")));
        say("every column", () -> count(metadata.getColumns(null, null, "%", "%")));
        say("schemas", () -> rows(metadata.getSchemas("iceberg", "bank%")));
        say("primary keys", () -> count(metadata.getPrimaryKeys("iceberg", "banking", "transactions")));
        say("imported keys", () -> count(metadata.getImportedKeys("iceberg", "banking", "transactions")));
        say("procedures", () -> count(metadata.getProcedures("iceberg", null, "%")));
        say("columns of procedures", () -> count(metadata.getProcedureColumns("iceberg", null, "%", "%")));
        say("types of users", () -> count(metadata.getUDTs("iceberg", null, "%", null)));
        say("super types", () -> count(metadata.getSuperTypes("iceberg", null, "%")));
        say("super tables", () -> count(metadata.getSuperTables("iceberg", null, "%")));
        say("attributes", () -> count(metadata.getAttributes("iceberg", null, "%", "%")));
        say("pseudo columns", () -> count(metadata.getPseudoColumns("iceberg", "banking", "transactions", "%")));
    }

    private static void prepared(Connection connection)
    {
        say("prepared", () -> {
            String sql = "SELECT merchant, amount FROM transactions WHERE amount > ? AND category = ? AND booked_at > ? ORDER BY transaction_id LIMIT ?";
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                List<String> types = new ArrayList<>();
                for (int i = 1; i <= statement.getParameterMetaData().getParameterCount(); i++) {
                    types.add(statement.getParameterMetaData().getParameterTypeName(i));
                }
                ResultSetMetaData columns = statement.getMetaData();
                types.add(columns.getTableName(2) + "." + columns.getColumnName(2) + " " + columns.getColumnTypeName(2));
                statement.setBigDecimal(1, new BigDecimal("10.50"));
                statement.setString(2, "cash");
                statement.setTimestamp(3, Timestamp.valueOf("2020-01-01 00:00:00"));
                statement.setInt(4, 2);
                return types + " " + count(statement.executeQuery());
            }
        });
    }

    private static void changes(Connection connection, Statement statement)
    {
        say("changes", () -> {
            statement.execute("CREATE SCHEMA IF NOT EXISTS iceberg.of_jdbc");
            statement.execute("CREATE OR REPLACE TABLE iceberg.of_jdbc.t (a integer, b varchar, c decimal(10, 2), d date, e timestamp(6))");
            List<Integer> counts = new ArrayList<>();
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO iceberg.of_jdbc.t VALUES (?, ?, ?, ?, ?)")) {
                for (int i = 0; i < 2; i++) {
                    insert.setInt(1, i);
                    insert.setString(2, "o'" + i);
                    insert.setBigDecimal(3, new BigDecimal("1.25"));
                    insert.setDate(4, Date.valueOf("2024-02-29"));
                    insert.setTimestamp(5, Timestamp.valueOf("2024-02-29 01:02:03.4"));
                    insert.addBatch();
                }
                Arrays.stream(insert.executeBatch()).forEach(counts::add);
            }
            counts.add(statement.executeUpdate("UPDATE iceberg.of_jdbc.t SET b = 'z' WHERE a = 1"));
            counts.add(statement.executeUpdate("DELETE FROM iceberg.of_jdbc.t WHERE a = 1"));
            String left = rows(statement.executeQuery("SELECT * FROM iceberg.of_jdbc.t"));
            statement.execute("DROP TABLE iceberg.of_jdbc.t");
            statement.execute("DROP SCHEMA iceberg.of_jdbc");
            return counts + " " + left;
        });
    }

    /** Before the query has begun, cancelling does nothing. */
    private static void cancelUntilInterrupted(Statement statement)
    {
        try {
            while (true) {
                Thread.sleep(500);
                statement.cancel();
            }
        }
        catch (InterruptedException e) {
            // The query is over.
        }
        catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int count(ResultSet found)
            throws Exception
    {
        int count = 0;
        while (found.next()) {
            count++;
        }
        return count;
    }

    private static String rows(ResultSet found)
            throws Exception
    {
        int width = found.getMetaData().getColumnCount();
        List<String> rows = new ArrayList<>();
        while (found.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= width; i++) {
                row.add(String.valueOf(found.getObject(i)));
            }
            rows.add(String.join("|", row));
        }
        return String.join("\n", rows);
    }

    private static void say(String name, Callable<Object> question)
    {
        Stream<String> line;
        try {
            line = Stream.of(name, String.valueOf(question.call()));
        }
        catch (Exception e) {
            Throwable cause = e.getCause() != null && e instanceof ReflectiveOperationException ? e.getCause() : e;
            line = Stream.of(name, null, cause.getClass().getSimpleName() + ": " + cause.getMessage());
        }
        System.out.println(line.map(JdbcSweep::json).collect(joining(",", "[", "]")));
    }

    private static String json(String text)
    {
        if (text == null) {
            return "null";
        }
        return IntStream.range(0, text.length())
                .mapToObj(text::charAt)
                .map(c -> c == '"' || c == '\\' ? "\\" + c : c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c))
                .collect(joining("", "\"", "\""));
    }
}
