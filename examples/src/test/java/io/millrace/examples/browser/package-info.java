/**
 * The JavaScript client and the order desk's page, in Node and in a real Chromium, against servers in processes of their
 * own. {@code Control} is what the programs in {@code scenarios.mjs} may ask for, {@code Chromium} and {@code Tab} drive
 * the browser by its DevTools protocol.
 */
@NullMarked
package io.millrace.examples.browser;

import org.jspecify.annotations.NullMarked;
