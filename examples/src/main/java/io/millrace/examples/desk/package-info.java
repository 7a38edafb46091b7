/**
 * The order desk: orders come over HTTP, three services share the work as consumer groups, and a page follows both live.
 * Start with {@code OrderDesk}, then {@code Service}; {@code Customers} place orders as a shop would, {@code DeskPage}
 * serves the page, which lies beside these classes as plain HTML, CSS and JavaScript.
 */
@NullMarked
package io.millrace.examples.desk;

import org.jspecify.annotations.NullMarked;
