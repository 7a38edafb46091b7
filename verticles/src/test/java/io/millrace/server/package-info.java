/** Tests of the command line, the configuration and the launcher. */
@org.jspecify.annotations.NullMarked
package io.millrace.server;
