/** The words of HTML that run scripts: tags, event handlers, attributes that hold addresses. */

const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/u));

/** Tags that run or load something, or change how the page is read, by being there. */
export const activeTags = set(`script iframe frame frameset object embed applet base link meta style xml bgsound layer ilayer portal
  import noscript math svg foreignobject animate animatetransform animatemotion set handler listener isindex`);

/** Event handler attributes: those of HTML's, SVG's and the browsers' specifications. Without the `on` that all begin with. */
export const events = set(`abort activate afterprint afterscriptexecute animationcancel animationend animationiteration animationstart
  auxclick beforeactivate beforecopy beforecut beforedeactivate beforeeditfocus beforeinput beforematch beforepaste beforeprint
  beforescriptexecute beforetoggle beforeunload begin blur bounce cancel canplay canplaythrough cellchange change click close
  contentvisibilityautostatechange contextmenu controlselect copy cuechange cut dataavailable datasetchanged datasetcomplete dblclick
  deactivate drag dragend dragenter dragexit dragleave dragover dragstart drop durationchange emptied end ended error errorupdate
  filterchange finish focus focusin focusout formdata formchange forminput fullscreenchange gesturechange gestureend gesturestart
  gotpointercapture hashchange help input invalid keydown keypress keyup languagechange layoutcomplete load loadeddata loadedmetadata
  loadend loadstart losecapture lostpointercapture message messageerror mousedown mouseenter mouseleave mousemove mouseout mouseover
  mouseup mousewheel move moveend movestart mozfullscreenchange offline online pagehide pagereveal pageshow pageswap paste pause play
  playing pointercancel pointerdown pointerenter pointerleave pointermove pointerout pointerover pointerrawupdate pointerup popstate
  progress propertychange ratechange readystatechange rejectionhandled repeat reset resize resizeend resizestart rowenter rowexit
  rowsdelete rowsinserted scroll scrollend scrollsnapchange search securitypolicyviolation seeked seeking select selectionchange
  selectstart show slotchange stalled start stop storage submit suspend syncrestored timeerror timeout timeupdate toggle touchcancel
  touchend touchmove touchstart transitioncancel transitionend transitionrun transitionstart unhandledrejection unload urlflip
  volumechange waiting webkitanimationend webkitanimationiteration webkitanimationstart webkitfullscreenchange webkitmouseforceup
  webkitplaybacktargetavailabilitychanged webkittransitionend wheel zoom`);

/** Attributes whose value is an address that the browser may follow. */
export const addressAttributes = set(`href src action formaction data xlink:href background poster dynsrc lowsrc code codebase archive
  srcset ping manifest to from values content cite icon classid by folder longdesc profile usemap`);
