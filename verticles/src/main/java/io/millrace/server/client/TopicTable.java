package io.millrace.server.client;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The description of a topic as lines for people: facts, a table of partitions, the configuration. */
final class TopicTable {
    private static final String PARTITIONS = "partitions";
    private static final String CONFIG = "config";

    private TopicTable() {}

    static List<String> lines(Map<String, @Nullable Object> topic) {
        var lines = new ArrayList<String>();
        topic.forEach((key, value) -> {
            if (!key.equals(PARTITIONS) && !key.equals(CONFIG)) lines.add(key + ": " + shown(value));
        });
        if (topic.get(PARTITIONS) instanceof List<?> partitions) lines.addAll(table(partitions));
        else if (topic.get(PARTITIONS) != null) lines.add("partitions: " + shown(topic.get(PARTITIONS)));
        lines.addAll(config(topic.get(CONFIG)));
        return lines;
    }

    private static List<String> table(List<?> rows) {
        var columns = new LinkedHashSet<String>();
        for (var row : rows)
            if (row instanceof Map<?, ?> map) map.keySet().forEach(key -> columns.add(String.valueOf(key)));
        var cells = new ArrayList<List<String>>();
        cells.add(List.copyOf(columns));
        for (var row : rows) {
            if (row instanceof Map<?, ?> map)
                cells.add(columns.stream().map(c -> shown(map.get(c))).toList());
        }
        var widths = new int[columns.size()];
        for (var row : cells)
            for (int c = 0; c < widths.length; c++)
                widths[c] = Math.max(widths[c], row.get(c).length());
        return cells.stream().map(row -> aligned(row, widths)).toList();
    }

    private static String aligned(List<String> row, int[] widths) {
        var line = new StringBuilder();
        for (int c = 0; c < widths.length; c++) {
            line.append(row.get(c)).append(" ".repeat(widths[c] - row.get(c).length() + 2));
        }
        return line.toString().stripTrailing();
    }

    /** Values may be texts, or objects that say where the value comes from. */
    private static List<String> config(@Nullable Object config) {
        var values = new TreeMap<String, String>();
        if (config instanceof Map<?, ?> map) {
            map.forEach((key, value) -> values.put(String.valueOf(key), configValue(value)));
        } else if (config instanceof List<?> list) {
            for (var item : list) {
                if (!(item instanceof Map<?, ?> entry)) continue;
                var name = entry.containsKey("key") ? entry.get("key") : entry.get("name");
                values.put(String.valueOf(name), configValue(entry));
            }
        }
        var lines = new ArrayList<String>();
        values.forEach((key, value) -> lines.add(key + "=" + value));
        return lines;
    }

    private static String configValue(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> entry)) return shown(value);
        return shown(entry.get("value")) + (entry.get("source") == null ? "" : " (" + shown(entry.get("source")) + ")");
    }

    private static String shown(@Nullable Object value) {
        if (value == null) return "-";
        if (value instanceof List<?> list)
            return String.join(",", list.stream().map(TopicTable::shown).toList());
        return value.toString().replaceAll("\\p{Cntrl}", "?");
    }
}
