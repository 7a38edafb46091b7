package io.millrace.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;

/** Which package of the shell may import what. */
class ShellArchitectureTest {
    private static final JavaClasses SHELL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
            .importPackages("io.millrace");

    private static final ArchRule NETTY_HAS_ITS_PLACES = noClasses()
            .that()
            .resideOutsideOfPackages("io.millrace.bytes", "io.millrace.gateway.http")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty.buffer..", "io.netty.channel..", "io.netty.handler..");

    /** Breaks the rule on purpose. */
    private static final class Planted {
        int readable(ByteBuf bytes) {
            return bytes.readableBytes();
        }
    }

    @Test
    void nettyHasItsPlaces() {
        NETTY_HAS_ITS_PLACES.check(SHELL);
    }

    @Test
    void aPlantedViolationIsCaught() {
        assertThat(new Planted()).isNotNull();
        assertThat(NETTY_HAS_ITS_PLACES
                        .evaluate(new ClassFileImporter().importClasses(Planted.class))
                        .hasViolation())
                .isTrue();
    }

    @Test
    void gatewaysDoNotKnowTheInsideOfTheBroker() {
        noClasses()
                .that()
                .resideInAPackage("io.millrace.gateway..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.millrace.broker..", "io.millrace.server..", "io.millrace.log.segment..")
                .check(SHELL);
    }

    @Test
    void nobodyKnowsTheServer() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.millrace.server..", "picocli..", "com.fasterxml.jackson.dataformat..")
                .check(SHELL);
    }

    @Test
    void filesAreOpenedByCoreAndByTheCommandLineOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file..", "java.nio.channels..")
                .check(SHELL);
    }

    @Test
    void kafkasClassesAreForTestsOnly() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..")
                .check(SHELL);
    }
}
