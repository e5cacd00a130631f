{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			110,
			44
		],
		"openinpresentation": 1,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"editing_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"locked_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "umenu",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						30,
						230,
						106,
						22
					],
					"outlettype": [
						"int",
						"",
						""
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgfillcolor_type": "color",
					"bgfillcolor_color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"elementcolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"arrow": 1,
					"items": [],
					"presentation": 1,
					"presentation_rect": [
						2,
						20,
						106,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						240,
						160,
						101.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "loadmess set #2"
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						240,
						190,
						100,
						20
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						2,
						1,
						106,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 2,
					"patching_rect": [
						30,
						100,
						60.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "zl.slice 2"
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						100,
						130,
						53.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "t l clear"
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						70,
						77.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "patcherargs"
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 2,
					"patching_rect": [
						100,
						160,
						53.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "zl.iter 1"
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						100,
						190,
						101.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "prepend append"
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						270,
						101.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param #1"
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "inlet",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						30,
						30,
						30,
						30
					],
					"outlettype": [
						""
					],
					"comment": "a value, as by hand",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "outlet",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						120,
						320,
						30,
						30
					],
					"comment": "the value",
					"index": 0
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-2",
						0
					],
					"destination": [
						"obj-3",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-6",
						0
					],
					"destination": [
						"obj-4",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-4",
						1
					],
					"destination": [
						"obj-5",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-5",
						1
					],
					"destination": [
						"obj-1",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-5",
						0
					],
					"destination": [
						"obj-7",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-7",
						0
					],
					"destination": [
						"obj-8",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-8",
						0
					],
					"destination": [
						"obj-1",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-1",
						0
					],
					"destination": [
						"obj-9",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-9",
						0
					],
					"destination": [
						"obj-1",
						0
					],
					"midpoints": [
						39.5,
						300,
						18,
						300,
						18,
						222,
						39.5,
						222
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-10",
						0
					],
					"destination": [
						"obj-1",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-9",
						1
					],
					"destination": [
						"obj-11",
						0
					]
				}
			}
		]
	}
}
