package io.millrace.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What every file of the project looks like. Ordinary text, read as text. */
class TidyTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Set<String> TOP_LEVEL =
            Set.of("core", "verticles", "examples", "docker", "README.md", "CONTRIBUTING.md", "LICENSE", "pom.xml");
    private static final Pattern EMPTY_NAME = Pattern.compile(".*(Manager|Helper|Utils?|Impl)\\.java");

    private static List<Path> sources(String... roots) throws IOException {
        var found = new ArrayList<Path>();
        for (var root : roots) {
            var path = ROOT.resolve(root);
            if (!Files.exists(path)) continue;
            try (var walk = Files.walk(path)) {
                walk.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
            }
        }
        assertThat(found).isNotEmpty();
        return found;
    }

    private static List<Path> mainSources() throws IOException {
        return sources("core/src/main/java", "verticles/src/main/java", "examples/src/main/java");
    }

    private static List<String> offenders(List<Path> files, String regex) throws IOException {
        var pattern = Pattern.compile(regex);
        var offenders = new ArrayList<String>();
        for (var file : files) {
            if (pattern.matcher(Files.readString(file)).find()) {
                offenders.add(ROOT.relativize(file).toString());
            }
        }
        return offenders;
    }

    @Test
    void thereIsNothingAtTheTopThatDoesNotBelongThere() throws IOException {
        var strays = new TreeSet<String>();
        try (var top = Files.list(ROOT)) {
            top.map(path -> path.getFileName().toString())
                    .filter(name -> !name.startsWith(".") && !name.equals("target") && !name.equals("millrace-data"))
                    .filter(name -> !TOP_LEVEL.contains(name))
                    .forEach(strays::add);
        }
        assertThat(strays).isEmpty();
    }

    @Test
    void everyPackageSaysWhatItIsForAndIsNullMarked() throws IOException {
        var packages = new TreeSet<Path>();
        for (var file : sources("core/src/main/java", "verticles/src/main/java")) packages.add(file.getParent());
        for (var directory : packages) {
            var info = directory.resolve("package-info.java");
            assertThat(info).exists();
            assertThat(Files.readString(info)).contains("/**").contains("@NullMarked");
        }
    }

    @Test
    void noNameSaysNothing() throws IOException {
        assertThat(mainSources())
                .noneMatch(file ->
                        EMPTY_NAME.matcher(file.getFileName().toString()).matches());
    }

    @Test
    void nothingIsLeftForLater() throws IOException {
        assertThat(offenders(mainSources(), "TODO|FIXME|not implemented|UnsupportedOperationException"))
                .isEmpty();
    }

    @Test
    void coreHasNoLocks() throws IOException {
        assertThat(offenders(sources("core/src/main/java"), "synchronized[ (]"))
                .as("but the lock of a data directory, which is for all threads of the process")
                .isSubsetOf("core/src/main/java/io/millrace/log/disk/DirectoryLock.java");
    }

    @Test
    void thePlainOutputBelongsToTheCommandLineAndTheExamples() throws IOException {
        assertThat(offenders(sources("core/src/main/java", "verticles/src/main/java"), "System\\.(out|err)\\b"))
                .allMatch(file -> file.contains("/server/"));
    }
}
